"""The training pairs: which sources are read, under which licence, how they are folded.

Every source is a gzip-ed JSON-lines file in the data folder. A pair is two folded texts that say the same
(parallel sentences, dictionary entries) or belong together (heading and section, question and paragraph).
Order follows the sorted file names and is kept, since neighbours of one document make each other's negatives.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rag.text.folding import fold_text

MAX_ENGLISH, MAX_CHINESE = 1500, 800


@dataclass(frozen=True, slots=True)
class Source:
    """A training file, what its rows are, and the licence of its texts."""

    path: str
    kind: str  # parallel | dictionary | section | question
    licence: str


# texts without a clear grant (LCTT, CJRC, news commentary, CNSD) are not used; what LCTT is worth stands in NOTES.md
SOURCES = (
    Source("parallel/3am-captions.jsonl.gz", "parallel", "MIT"),
    Source("parallel/angular-cn.jsonl.gz", "parallel", "MIT"),
    Source("parallel/d2l.jsonl.gz", "parallel", "Apache-2.0"),
    Source("parallel/django-docs-zh.jsonl.gz", "parallel", "BSD-3-Clause"),
    Source("parallel/freecodecamp-zh-Hant.jsonl.gz", "parallel", "CC BY-SA 4.0"),
    Source("parallel/freecodecamp-zh.jsonl.gz", "parallel", "CC BY-SA 4.0"),
    Source("parallel/istio.jsonl.gz", "parallel", "Apache-2.0"),
    Source("parallel/k8s.jsonl.gz", "parallel", "CC BY 4.0"),
    Source("parallel/mojlaw-tw.jsonl.gz", "parallel", "public domain"),
    Source("parallel/ms-cpp-docs.jsonl.gz", "parallel", "CC BY 4.0"),
    Source("parallel/php-doc-zh.jsonl.gz", "parallel", "CC BY 3.0"),
    Source("parallel/python-docs-zh-cn.jsonl.gz", "parallel", "CC0 / PSF"),
    Source("parallel/react-zh-hans.jsonl.gz", "parallel", "CC BY 4.0"),
    Source("parallel/tatoeba-cmn.jsonl.gz", "parallel", "CC BY 2.0 FR"),
    Source("parallel/tensorflow-docs.jsonl.gz", "parallel", "Apache-2.0"),
    Source("parallel/tico19.jsonl.gz", "parallel", "CC0"),
    Source("parallel/tldr-zh.jsonl.gz", "parallel", "CC BY 4.0"),
    Source("dictionary/cc-cedict.jsonl.gz", "dictionary", "CC BY-SA 3.0"),
    Source("dictionary/dbp15k-zh-en-titles.jsonl.gz", "dictionary", "CC BY-SA 3.0"),
    Source("dictionary/tw-law-titles.jsonl.gz", "dictionary", "public domain"),
    Source("dictionary/tico19-covid-terms.jsonl.gz", "dictionary", "CC0"),
    Source("retrieval/title_text.en.jsonl.gz", "section", "as the documents above"),
    Source("retrieval/title_text.zh-Hans.jsonl.gz", "section", "as the documents above"),
    Source("retrieval/title_text.zh-Hant.jsonl.gz", "section", "as the documents above"),
    Source("qa/cmrc2018.trial.jsonl.gz", "question", "CC BY-SA 4.0"),
    Source("qa/squad11.dev.no-xquad.jsonl.gz", "question", "CC BY-SA 4.0"),
)
# glosses that describe the entry instead of translating it
_NOT_A_GLOSS = ("variant", "CL:", "see ", "old variant", "surname")


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzip-ed JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def held_out(key: str, share: float) -> bool:
    """Whether `key` belongs to the part, of about `share` in size, that is kept for measuring; stable over runs."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") < share * 2**32


def folded(text: str) -> str:
    """A text as the models read it: folded, in one line."""
    return " ".join(fold_text(text).split())


def measured(name: str, row: Mapping[str, Any]) -> bool:
    """Whether a question of a set is kept for measuring: 40 % of SQuAD's titles, of CMRC's and DRCD's articles."""
    key = str(row["title"]) if name.startswith("squad") else str(row["id"]).rsplit("_QUERY", 1)[0].split("-")[0]
    return name.startswith(("squad", "cmrc2018.dev", "drcd")) and held_out(key, 0.4)


def row_pairs(source: Source, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The pairs of a row as (left, right): English and Chinese, gloss and entry, or question and paragraph."""
    if source.kind == "parallel":
        yield row["en"], row["zh"]
    elif source.kind == "dictionary":
        if "dbp15k" in source.path and held_out(row["zh"], 0.15):
            return
        for gloss in [g for g in row["en"] if not g.startswith(_NOT_A_GLOSS)][:3]:
            yield gloss, row["zh"]
    elif source.kind == "section":
        # encyclopedia paragraphs may be those of the development questions
        if "wiki" not in row["source"]:
            yield row["title"], row["text"]
    elif not measured(Path(source.path).name, row):
        yield row["question"], row["context"]


def _folded_pairs(work: tuple[Source, str]) -> list[tuple[str, str]]:
    source, path = work
    pairs = []
    for row in read_rows(Path(path)):
        for left, right in row_pairs(source, row):
            a, b = fold_text(left)[:MAX_ENGLISH], fold_text(right)[:MAX_CHINESE]
            if a.strip() and b.strip():
                pairs.append((" ".join(a.split()), " ".join(b.split())))
    return pairs


def prepare(data: Path, out: Path) -> None:
    """Write the static model's pairs to `out`, one `kind TAB left TAB right` a line; absent sources are named."""
    work = [(source, str(data / source.path)) for source in SOURCES if (data / source.path).exists()]
    for source in SOURCES:
        if not (data / source.path).exists():
            print(f"not there, left out: {source.path}")
    part = out.with_suffix(".part")
    with Pool(2) as pool, part.open("w", encoding="utf-8") as lines:
        for (source, _), pairs in zip(work, tqdm(pool.imap(_folded_pairs, work), total=len(work)), strict=True):
            lines.writelines(f"{source.kind}\t{a}\t{b}\n" for a, b in pairs)
    part.rename(out)


def read_pairs(path: Path) -> list[tuple[str, str, str]]:
    """The pairs that `prepare` wrote, as (kind, left, right)."""
    with path.open(encoding="utf-8") as lines:
        return [tuple(line.rstrip("\n").split("\t", 2)) for line in lines]  # type: ignore[misc]
