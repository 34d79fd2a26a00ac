"""What each part of the search is worth: the same gold questions with parts of it left out.

`python -m benchmarks.ablations GOLD… --articles FOLDER` (default: the project's own) indexes the articles anew for each
variant, in a process of its own, and prints a Markdown table. Figures are the share of questions whose first five
passages hold all that the answer needs (complete@5), by direction, then recall@5, MRR@10 and nDCG@10 over all; with
`--answers` also the share of right answers, of right decisions to refuse, and of questions answered rightly.

Variants: `lexical`, `dense`: one side alone. `hybrid`: both, fused by rank. `+ late interaction`: its scores instead of
the fused ranks. `product`: with close reading, as shipped. From the product: `without folding`: Traditional text stays
as it is, width and case are still folded. `without aliases`: no list of names. `without sound`: no name found by its
sound. `without article`: no passage gains from others of its article. `without balance`: all languages in one list,
against one background, no place kept for the other language.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from rag import Assistant, Settings
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.evaluation.directions import ALL, DIRECTIONS, shown
from rag.evaluation.gold import read_gold
from rag.evaluation.judging import judge_question
from rag.evaluation.run import Task, prepare
from rag.evaluation.types import Judged
from rag.retrieval import evidence, retriever
from rag.retrieval.close_reading import CloseReader
from rag.retrieval.fusion import reciprocal_rank_fusion
from rag.retrieval.passage_sentences import SentenceCutter
from rag.retrieval.question import Question
from rag.retrieval.reranking import Ranked
from rag.retrieval.retriever import HybridRetriever, Ranking
from rag.text import folding
from rag.text.aliases import NameMention, NameTable
from rag.types import Filters, Hit, Mode, StoreSnapshot

OVERALL = ("recall@5", "mrr@10", "ndcg@10")
OF_ANSWERS = ("correct", "right_decision")

_ROOT = Path(__file__).resolve().parents[1]


class OneSided(HybridRetriever):
    """Words or vectors alone."""

    side: Mode = "lexical"

    def find(self, question: Question, k: int = 10, mode: Mode = "hybrid", filters: Filters | None = None) -> Ranking:
        """Whatever the mode asked for."""
        return super().find(question, k, self.side, filters)


class Dense(OneSided):
    """Vectors alone."""

    side: Mode = "dense"


class Fused(HybridRetriever):
    """Words and vectors fused by rank, languages apart, and nothing after."""

    def _search_group(
        self,
        snapshot: StoreSnapshot,
        question: Question,
        vector: NDArray[np.float32] | None,
        mode: Mode,
        filters: Filters,
        k: int,
    ) -> tuple[Ranked, ...]:
        depth = max(retriever.CANDIDATES, k)
        dense = snapshot.dense(vector, depth, filters) if vector is not None else ()
        fused = reciprocal_rank_fusion([dense, snapshot.lexical(question.words, depth, filters)])[:depth]
        stored = snapshot.passages([candidate.key for candidate in fused])
        return tuple(Ranked(one, found.score, {}) for one, found in zip(stored, fused, strict=True))


class NoNames(NameTable):
    """Knows no name."""

    def find(self, text: str) -> tuple[NameMention, ...]:
        """None."""
        return ()


class UnbalancedReader(CloseReader):
    """Close reading without what it adds to the other language."""

    def read(self, question: Question, ranked: Sequence[Ranked]) -> list[Ranked]:
        """As the product, the balance taken off again."""
        read = super().read(question, ranked)
        plain = [replace(one, score=one.score - one.components.get("balance", 0.0)) for one in read]
        return sorted(plain, key=lambda one: -one.score)


class Variant(Assistant):
    """The product with a part of it exchanged."""

    finder: type[HybridRetriever] = HybridRetriever
    reading: type[CloseReader] | None = None
    table: type[NameTable] = NameTable

    @cached_property
    def names(self) -> NameTable:
        """The known names, or none."""
        return self.table(NameTable.load().all_groups)

    @cached_property
    def retriever(self) -> HybridRetriever:
        """The search with the parts of this variant."""
        model = bundled_model()
        reader = self.reading(model, bundled_encoder, SentenceCutter(model)) if self.reading else None
        return self.finder(self.store, self.encoder, model, self.names, reader)


class Lexical(Variant):
    """Words alone."""

    finder = OneSided


class DenseOnly(Variant):
    """Vectors alone."""

    finder = Dense


class Hybrid(Variant):
    """Both, fused."""

    finder = Fused


class Product(Variant):
    """As shipped."""

    reading = CloseReader


class Nameless(Product):
    """Without the list of names."""

    table = NoNames


class Unbalanced(Product):
    """Without the balance between languages."""

    reading = UnbalancedReader


def _one_group(snapshot: StoreSnapshot, filters: Filters) -> Iterator[tuple[str, ...]]:
    """All languages of the index as one."""
    held = tuple(name for name in snapshot.languages() if not filters.languages or name in filters.languages)
    if held:
        yield held


def _no_name(retriever: HybridRetriever, name: str) -> tuple[str, ...]:
    return ()


def _first(ranked: list[Ranked], k: int) -> list[Ranked]:
    return ranked[:k]


def _as_ranked(hits: list[Hit], window: int) -> list[Hit]:
    return hits


VARIANTS: Mapping[str, tuple[type[Variant], Mapping[tuple[object, str], Callable[..., object]]]] = {
    "lexical": (Lexical, {}),
    "dense": (DenseOnly, {}),
    "hybrid": (Hybrid, {}),
    "+ late interaction": (Variant, {}),
    "product": (Product, {}),
    "without folding": (Product, {(folding, "_simplify"): str}),
    "without aliases": (Nameless, {}),
    "without sound": (Product, {(HybridRetriever, "_sounding_like"): _no_name}),
    "without article": (Product, {(retriever, "in_context"): list}),
    "without balance": (
        Unbalanced,
        {
            (retriever, "_wanted_groups"): _one_group,
            (retriever, "_first"): _first,
            (evidence, "_with_both_languages"): _as_ranked,
        },
    ),
}
"""Each variant: its assistant, and what is put in the place of functions of the product."""


def rows_of(variant: str, gold: Sequence[Path], articles: Path) -> list[Judged]:
    """Every gold question judged with one variant, whose index lies in a temporary folder."""
    kind, exchanged = VARIANTS[variant]
    with ExitStack() as stack:
        for (module, name), function in exchanged.items():
            stack.enter_context(patch.object(module, name, function))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        assistant = kind.open(Path(folder) / "index", Settings(model="extractive"))
        assistant.ingest(articles)
        return _judged(assistant, prepare(assistant, read_gold(gold)))


def _judged(assistant: Assistant, task: Task) -> list[Judged]:
    return [judge_question(assistant, one, task.qrels.relevant.get(one.pair.id)) for one in task.located]


def figures_of(rows: Sequence[Judged], answers: bool = False) -> dict[str, float]:
    """The columns of one variant: complete@5 by direction, then the others over all questions."""
    found = {}
    for group in (*DIRECTIONS, ALL):
        values = [row.scores["complete@5"] for row in rows if group in row.directions and "complete@5" in row.scores]
        if values:
            found[shown(group)] = float(np.mean(values))
    for name in OVERALL + (OF_ANSWERS if answers else ()):
        values = [row.scores[name] for row in rows if name in row.scores]
        if values:
            found[name] = float(np.mean(values))
    return found


def table(results: Mapping[str, Mapping[str, float]]) -> str:
    """The Markdown table, a line for each variant."""
    columns = list(dict.fromkeys(name for found in results.values() for name in found))
    lines = ["| variant | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for variant, found in results.items():
        cells = [f"{found[name]:.3f}" if name in found else "–" for name in columns]
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablations", description=__doc__)
    parser.add_argument("gold", type=Path, nargs="*", default=[_ROOT / "corpus" / "gold"])
    parser.add_argument("--articles", type=Path, default=_ROOT / "corpus")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="VARIANT")
    parser.add_argument("--answers", action="store_true", help="judge the answers as well")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    # a process for each: what is remembered of folded texts must not reach the variant without folding
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, max_tasks_per_child=1) as pool:
        jobs = {name: pool.submit(rows_of, name, given.gold, given.articles) for name in given.only}
        results = {}
        for name, job in jobs.items():
            results[name] = figures_of(job.result(), given.answers)
            print(name, file=sys.stderr, flush=True)
    print(table(results))
    if given.json:
        given.json.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
