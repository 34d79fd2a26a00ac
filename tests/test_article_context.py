"""A passage gains of what its article's best passage has more, and of no other article."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.retrieval.article_context import ARTICLE_SHARE, in_context
from rag.retrieval.reranking import Ranked
from rag.types import Passage, StoredPassage

SCORES = st.lists(st.tuples(st.sampled_from("abc"), st.floats(-2, 2)), max_size=12)


def candidates(scored: list[tuple[str, float]]) -> list[Ranked]:
    nothing = np.zeros(0, dtype=np.uint32)
    passages = [Passage(name, n, n + 1, "x", "en") for n, (name, _) in enumerate(scored)]
    stored = [StoredPassage(n, passage, "", "", nothing) for n, passage in enumerate(passages)]
    return [Ranked(one, score, {"late": score}) for one, (_, score) in zip(stored, scored, strict=True)]


@given(SCORES)
def test_a_passage_gains_a_share_of_what_the_best_of_its_article_has_more(scored: list[tuple[str, float]]) -> None:
    best = {name: max(score for other, score in scored if other == name) for name, _ in scored}
    for one in in_context(candidates(scored)):
        name, score = scored[one.stored.key]
        assert one.components["article"] == pytest.approx(ARTICLE_SHARE * (best[name] - score))
        assert one.score == pytest.approx(score + one.components["article"])
        assert one.components["late"] == score


@given(SCORES)
def test_the_best_of_an_article_stays_and_none_of_it_overtakes_another(scored: list[tuple[str, float]]) -> None:
    found = in_context(candidates(scored))
    assert sorted(one.stored.key for one in found) == list(range(len(scored)))
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for name in "abc":
        own = [scored[one.stored.key][1] for one in found if scored[one.stored.key][0] == name]
        assert own == pytest.approx(sorted(own, reverse=True))


def test_a_passage_is_found_by_a_name_that_stands_elsewhere_in_its_article(tmp_path: Path) -> None:
    source = tmp_path / "articles"
    source.mkdir()
    filler = "The keepers wrote down the weather, the ships and the price of oil in a book that nobody has read. "
    for n, name in enumerate(("Horniman", "Shelbrooke", "Brannigan", "Carlsbad", "Tillotson", "Overbury")):
        text = f"Cape {name} had a light for {90 + n} years. {filler * 6}"
        text += f"\n\n{filler * 5}The tower is {30 + n} metres high."
        (source / f"light-{n}.txt").write_text(text, encoding="utf-8")
    assistant = Assistant.open(tmp_path / "index", create=True)
    assistant.ingest(source)
    hits = assistant.search("How high is the tower of Cape Shelbrooke?", k=3)
    assert "The tower is 31 metres high." in " ".join(hit.passage.text for hit in hits)
