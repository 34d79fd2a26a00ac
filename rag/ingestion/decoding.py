"""From bytes to text.

Invariant: the decoded text is the file's own, newlines included; only a byte order mark is dropped, and what no text
can hold (NUL, lone surrogates) becomes U+FFFD. Data that is not text is refused, never guessed at.

Order: byte order mark, UTF-8, UTF-16 by how usual its characters are, UTF-8 with a few broken bytes, then the legacy
encodings GB18030, Big5 and Windows-1252, told apart by how usual the decoded characters are.
"""

from __future__ import annotations

import codecs
import re

from rag.errors import UnreadableFile

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY_MAGIC = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"PK\x05\x06", b"%PDF-", b"\x1f\x8b", b"BZh", b"\xfd7zXZ",
    b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ\x90", b"\xd0\xcf\x11\xe0", b"RIFF", b"OggS", b"ID3", b"SQLite format 3",
)  # fmt: skip
_CHINESE = ("gb18030", "cp950", "big5hkscs")
_LATIN = "cp1252"
# the most usual characters of modern Chinese, Simplified and Traditional, and its punctuation
_USUAL = frozenset(
    "的一是不了在人有我他这這中大来來上个個国國到说說们們为為子和你地出道也时時年得就那要下以生会會自着著去之过過家学學"
    "对對可里裡后後小么麼心多天而能好都然没沒日于於起还還发發成事只作当當想看文无無开開手十用主行方又如前所本见見经經头頭"
    "面公同三已老从從动動两兩长長知民样樣现現分将將外但身些与與高意进進把法此实實回二理美点點月明其种種声聲全工己话話儿兒"
    "者向情部正名定女问問力机機给給等几幾很业業最间間新什打便位因重被走电電四第门門相次东東政海口使教西再平真听聽世气氣信"
    "北少关關并並内內加化由却卻代军軍产產入先山五太水万萬市眼体體别別处處总總才场場师師书書比住员員九笑性通目华華报報立"
    "马馬命张張活难難神数數件安表原车車白应應路期叫死常提感金何更反合放做系系计計或司利受光王果亲親界及今京务務制解各任"
    "至清物台台象记記边邊共风風战戰干幹接它许許八特觉覺望直服毛林题題建南度统統色字请請交爱愛让讓认認算论論百吃义義科怎"
    "元社术術结結六功指思非流每青管夫连連远遠资資队隊跟带帶花快条條院变變联聯言权權往展该該领領传傳近留红紅治决決周保达"
    "達办辦运運武半候七必城父强強步完革深区區即求品士转轉量空甚众眾技轻輕程告江语語英基派满滿式李息写寫呢识識极極令黄黃"
    "德收脸臉钱錢党黨倒未持取设設始版双雙历歷越史商千片容研像找友孩站广廣改议議形委早房音火际際则則首单單据據导導影失"
    "，。、；：？！“”「」『』（）《》"
)
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_SURROGATE_PAIR = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")
_PLAUSIBLE = re.compile(r"[\t\n\r\x20-\x7e\u00a0-\u024f\u2010-\u2040\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# as much as tells encodings apart; even, so that UTF-16 is not cut inside a unit
_SAMPLE = 1 << 16


def decode(data: bytes, path: object) -> str:
    """Decode the bytes of a text file; raises `UnreadableFile` for binary data and unknown encodings.

    `path` only names the file in the error.
    """
    if data.startswith(_BINARY_MAGIC):
        raise UnreadableFile(path=path, reason_key="reason.binary")
    text = _by_mark(data)
    if text is None:
        text = _unmarked(data)
    if text is None:
        binary = data.count(0) > 0 or _is_binary(data[:_SAMPLE].decode("latin-1"))
        raise UnreadableFile(path=path, reason_key="reason.binary" if binary else "reason.encoding")
    if _is_binary(text[:_SAMPLE]) or _is_binary(text[-_SAMPLE:]):
        raise UnreadableFile(path=path, reason_key="reason.binary")
    return storable(text)


def storable(text: str) -> str:
    """`text` with surrogate pairs joined and everything that UTF-8 or SQLite cannot hold replaced by U+FFFD."""
    if not _UNSTORABLE.search(text):
        return text
    text = _SURROGATE_PAIR.sub(lambda m: m[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return _UNSTORABLE.sub("\ufffd", text)


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return None


def _unmarked(data: bytes) -> str | None:
    nul_share = data.count(0) / len(data) if data else 0.0
    if nul_share <= 0.05:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    wide = _as_utf16(data)
    if wide is not None or nul_share > 0.05:
        return wide
    return _as_damaged_utf8(data) or _as_legacy(data)


def _as_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark, when one of the two byte orders gives usual characters."""
    if len(data) % 2:
        return None
    order = max(("utf-16-le", "utf-16-be"), key=lambda name: _common_share(data[:_SAMPLE].decode(name, "replace")))
    sample = data[:_SAMPLE].decode(order, "replace")
    if _common_share(sample) < 0.25 or len(_PLAUSIBLE.findall(sample)) < 0.9 * len(sample):
        return None
    return data.decode(order, "replace")


def _common_share(text: str) -> float:
    """The share of ASCII and usual Chinese characters in a text, 0..1."""
    return sum(1 for char in text if char in _USUAL or "\x09" <= char <= "\x7e") / len(text) if text else 0.0


def _as_damaged_utf8(data: bytes) -> str | None:
    """UTF-8 in which a few bytes are broken, as at a cut or where surrogates were written; else `None`."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = len(_NON_ASCII.findall(text)) - broken
    return text if good > 0 and broken * 20 <= good else None


def _as_legacy(data: bytes) -> str | None:
    best, best_score = None, 0.2
    for encoding in _CHINESE:
        text = _strict(data, encoding)
        score = _usual_share(text[:_SAMPLE]) if text is not None else 0.0
        if text is not None and score > best_score:
            best, best_score = text, score
    if best is not None:
        return best
    mostly_ascii = sum(1 for byte in data[:_SAMPLE] if byte < 0x80) >= 0.85 * len(data[:_SAMPLE])
    return _latin(data) if mostly_ascii else _as_ranked(data)


def _usual_share(text: str) -> float:
    """The share of usual Chinese characters among the characters that are not ASCII, 0..1."""
    others = _NON_ASCII.findall(text)
    return sum(1 for char in others if char in _USUAL) / len(others) if others else 0.0


def _as_ranked(data: bytes) -> str | None:
    """What charset-normalizer makes of a text without usual characters, a list of names for example."""
    from charset_normalizer import from_bytes

    match = from_bytes(data[:_SAMPLE], cp_isolation=["gb18030", "big5"], enable_fallback=False).best()
    return _strict(data, match.encoding) if match is not None else None


def _latin(data: bytes) -> str:
    text = _strict(data, _LATIN)
    return text if text is not None else data.decode("latin-1")


def _strict(data: bytes, encoding: str) -> str | None:
    """The decoded text; a character cut in half at the very end is tolerated."""
    for end in (len(data), len(data) - 1):
        try:
            return data[:end].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(data) - 4:
                return None
    return None


def _is_binary(text: str) -> bool:
    """Whether control characters are more than slips in a text."""
    return len(_CONTROL.findall(text)) > 1 + 0.02 * len(text)
