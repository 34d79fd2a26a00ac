"""`python -m training.pinyin_table`: the readings of Chinese characters without tones, for `rag/text/pinyin.py`.

The characters are those of GB 2312, which names are written with; the readings are pypinyin's, with all that it
knows of each character, since a surname is often read otherwise than the word (单 is Shan, 曾 is Zeng).
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

RESOURCE = Path(__file__).parent.parent / "rag" / "resources" / "pinyin.json"


def characters() -> list[str]:
    """The 6,763 Chinese characters of GB 2312, in its order."""
    rows = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    return [char for code in rows if (char := code.decode("gb2312", errors="ignore"))]


def table() -> dict[str, str]:
    """The characters that are read so, by syllable."""
    from pypinyin import Style, pinyin

    by_syllable: dict[str, list[str]] = defaultdict(list)
    for character in characters():
        ((*readings,),) = pinyin(character, style=Style.NORMAL, heteronym=True)
        for reading in readings:
            by_syllable[reading.replace("ü", "v")].append(character)
    return {
        syllable: "".join(own)
        for syllable, own in sorted(by_syllable.items())
        if syllable.isascii() and syllable.isalpha() and any(letter in "aeiouv" for letter in syllable)
    }


def main() -> None:
    """Write the table."""
    found = table()
    RESOURCE.write_text(json.dumps(found, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{sum(map(len, found.values()))} readings of {len(found)} syllables; written to {RESOURCE}")


if __name__ == "__main__":
    main()
