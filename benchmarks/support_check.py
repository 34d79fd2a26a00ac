"""How well the check of written sentences against their passages tells supported ones from altered ones.

`python -m benchmarks.support_check` indexes `corpus/` in a temporary place and checks every sentence of
`benchmarks/data/support.jsonl` against the passage it claims to come from. About half of the sentences follow from
their passage (paraphrased, condensed, translated); the others were altered in a number, a name, by a negation or by
turning a direction round, or belong to another passage. Directions are language of the sentence → language of the
article. The weights were fitted on the development half; articles on one topic are all in one half.

Columns: flagged: share of altered sentences found unsupported; accepted: share of true ones found supported;
precision: of the sentences flagged, the share that were altered, and of those accepted, the share that were true.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.answering.support import SupportChecker, Verdict
from rag.config import Settings
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.index.preparation import Preparer
from rag.index.store import LocalStore
from rag.index.synchronise import synchronise
from rag.text.aliases import NameTable
from rag.types import Filters, Hit, StoreSnapshot

DATA = Path(__file__).parent / "data" / "support.jsonl"
CORPUS = Path(__file__).parent.parent / "corpus"
HALVES = ("development", "test")


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence of the data with its verdict."""

    item: Mapping[str, Any]
    verdict: Verdict

    @property
    def right(self) -> bool:
        """Whether the verdict is that of the data."""
        return self.verdict.supported == bool(self.item["supported"])


def items(file: Path = DATA) -> list[dict[str, Any]]:
    """The sentences of the data file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def open_corpus(folder: str | Path) -> StoreSnapshot:
    """The corpus, indexed in a folder as the product does it."""
    model = bundled_model()
    store = LocalStore.open(Path(folder) / "index", model.fingerprint, model.dimensions, create=True)
    with store.exclusive():
        synchronise(store, Preparer(model, model, Settings().passage_pieces), [CORPUS], "en")
    return store.snapshot()


def with_hits(snapshot: StoreSnapshot, data: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Hit]]:
    """Every sentence with the passage that holds its `passage` words; raises `ValueError` where none does."""
    infos = {info.source: info for info in snapshot.articles()}
    anything = np.zeros(bundled_model().dimensions, dtype=np.float32)
    for item in data:
        info = infos[item["source"]]
        found = snapshot.dense(anything, info.passages, Filters(articles=(info.id,)))
        passages = [one.passage for one in snapshot.passages(candidate.key for candidate in found)]
        start = snapshot.article(info.id).text.index(item["passage"])
        end = start + len(item["passage"])
        passage = next((p for p in passages if p.start <= start and end <= p.end), None)
        if passage is None:
            raise ValueError(f"{item['id']}: no passage holds {item['passage']!r} whole")
        yield item, Hit(passage, info.source, info.title, 1.0, 1)


def judge(snapshot: StoreSnapshot, data: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Check every sentence."""
    checker = SupportChecker(bundled_model(), bundled_encoder, NameTable.load(), snapshot.article)
    return [
        Row(item, checker.check(item["sentence"], item["language"], hit)) for item, hit in with_hits(snapshot, data)
    ]


def _share(rows: Sequence[bool]) -> str:
    return f"{sum(rows) / len(rows):.2f}" if rows else "–"


def by_direction(rows: Sequence[Row]) -> str:
    """Figures by direction, as a Markdown table."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.item["direction"]].append(row)
    lines = [
        "| direction | n | altered: flagged | precision | true: accepted | precision |",
        "|---|---|---|---|---|---|",
    ]
    for name, group in [*sorted(groups.items()), ("all", list(rows))]:
        flagged = [row for row in group if not row.verdict.supported]
        accepted = [row for row in group if row.verdict.supported]
        cells = [
            name,
            str(len(group)),
            _share([row.right for row in group if not row.item["supported"]]),
            _share([row.right for row in flagged]),
            _share([row.right for row in group if row.item["supported"]]),
            _share([row.right for row in accepted]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def by_kind(rows: Sequence[Row]) -> str:
    """The share of right verdicts by kind of alteration, and of the reasons given, as a Markdown table."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.item["kind"]].append(row)
    lines = ["| kind | n | right | reasons given |", "|---|---|---|---|"]
    for name, group in sorted(groups.items()):
        reasons: dict[str, int] = defaultdict(int)
        for row in group:
            reasons[row.verdict.reason or "supported"] += 1
        told = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items(), key=lambda one: -one[1]))
        lines.append(f"| {name} | {len(group)} | {_share([row.right for row in group])} | {told} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.support_check", description=__doc__)
    parser.add_argument("--wrong", choices=HALVES, help="list the wrong verdicts of a half")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = judge(open_corpus(folder), items())
    for half in HALVES:
        own = [row for row in rows if row.item["half"] == half]
        print(f"## {half}\n\n{by_direction(own)}\n\n{by_kind(own)}\n")
    for row in rows:
        if row.item["half"] == options.wrong and not row.right:
            verdict = row.verdict
            print(row.item["id"], row.item["kind"], f"{verdict.support:.2f}", verdict.reason, verdict.missing)
            print("   ", row.item["sentence"])


if __name__ == "__main__":
    main()
