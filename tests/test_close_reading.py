"""Close reading: the order of the best candidates by what their sentences say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rag.embedding.contextual import ContextualModel, bundled_encoder
from rag.embedding.static import bundled_model
from rag.retrieval import close_reading
from rag.retrieval.close_reading import FEATURES, READ, CloseReader, learned_weighing, read_weighing
from rag.retrieval.passage_sentences import SentenceCutter
from rag.retrieval.question import analyse
from rag.retrieval.reranking import Ranked
from rag.text.aliases import NameTable
from rag.text.script import detect_language
from rag.types import Passage, StoredPassage

MODEL, NAMES = bundled_model(), NameTable.load()
STREWN = (
    "The harbour has a new director. The ferry to the island was late again on Monday. Its captain was ill for a week. "
    "Tickets cost less in winter. The first bridge was painted green."
)
SAID = (
    "Fishing went badly that year. The captain of the first ferry to the island was Ada Brook. Nobody remembers the "
    "colour of the boat."
)


def reader(encoder: ContextualModel | None = None) -> CloseReader:
    return CloseReader(MODEL, (lambda: encoder) if encoder else bundled_encoder, SentenceCutter(MODEL))


def candidate(text: str, score: float, key: int = 0) -> Ranked:
    passage = Passage(f"a{key}.md", 0, len(text), text, detect_language(text))
    return Ranked(StoredPassage(key, passage, f"a{key}.md", "", np.unique(MODEL.pieces([text])[0])), score, {})


def order(question: str, *candidates: Ranked) -> list[str]:
    return [one.stored.passage.text for one in reader().read(analyse(question, MODEL, NAMES), candidates)]


def test_a_passage_that_says_it_in_one_sentence_goes_before_one_with_the_words_strewn_about() -> None:
    question = "Who was the captain of the first ferry to the island?"
    assert order(question, candidate(STREWN, 0.5, 1), candidate(SAID, 0.5, 2)) == [SAID, STREWN]


def test_a_question_in_the_other_language_is_read_too() -> None:
    question = "第一艘到岛上的渡轮的船长是谁？"
    assert order(question, candidate(STREWN, 0.5, 1), candidate(SAID, 0.5, 2)) == [SAID, STREWN]


def test_a_much_better_score_is_not_overturned() -> None:
    question = "Who was the captain of the first ferry to the island?"
    assert order(question, candidate(STREWN, 3.0, 1), candidate(SAID, 0.5, 2)) == [STREWN, SAID]


def test_what_is_not_read_does_not_overtake_what_is() -> None:
    candidates = [candidate(f"Sentence number {n} is about nothing.", 1 - n / 100, n) for n in range(READ + 5)]
    candidates.append(candidate("Far behind.", 0.9 - close_reading.REACH, READ + 5))
    read = reader().read(analyse("Who painted the bridge?", MODEL, NAMES), candidates)
    assert len(read) == len(candidates)
    behind = [one.stored.key for one in read if "encoder" not in one.components]
    assert behind == list(range(READ, READ + 6))


def test_what_is_not_read_does_not_share_the_gain_of_what_is() -> None:
    candidates = [candidate(SAID, 0.9, 1), candidate("Far behind.", 0.9 - 2 * close_reading.REACH, 2)]
    read, unread = reader().read(analyse("Who was the captain of the first ferry?", MODEL, NAMES), candidates)
    assert read.components["gain"] > 0.5
    assert unread.components["gain"] <= 0


def test_the_other_language_is_read_too_however_well_one_matches() -> None:
    candidates = [candidate(SAID, 5.0, 1), candidate("船长叫艾达。", 0.1, 2)]
    read = reader().read(analyse("Who was the captain?", MODEL, NAMES), candidates)
    assert all("encoder" in one.components for one in read)


def test_components_explain_the_gain() -> None:
    (read,) = reader().read(analyse("Who was the captain?", MODEL, NAMES), [candidate(SAID, 0.5)])
    weighing = learned_weighing()["within"]
    row = np.array([[read.components[name] for name in FEATURES]])
    assert read.components["gain"] == pytest.approx(float(weighing.gain(row)[0]))
    assert read.score == pytest.approx(0.5 + read.components["gain"])


def test_words_in_context_are_looked_for_in_both_sentences_together() -> None:
    question = analyse("Who was the captain of the ferry, and which colour was the boat?", MODEL, NAMES)
    one, both = "The captain of the ferry was Ada.", "The captain of the ferry was Ada. The boat was of a green colour."
    features = reader().features(question, [one, both], across=False)
    alone, together = (features[:, FEATURES.index(name)] for name in ("contextual", "contextual_pair"))
    assert alone[0] == together[0]
    assert together[1] > max(alone[1], together[0])


def test_nothing_to_read_is_no_error_and_loads_no_model() -> None:
    empty = CloseReader(MODEL, lambda: pytest.fail("loaded"), SentenceCutter(MODEL))
    assert empty.read(analyse("Who was the captain?", MODEL, NAMES), []) == []


def test_only_the_promising_sentences_are_encoded() -> None:
    long = " ".join(f"Sentence number {n} speaks of the weather." for n in range(30)) + " " + SAID
    seen: list[int] = []

    class Counting(ContextualModel):
        def read(self, texts):  # type: ignore[no-untyped-def]
            seen.append(len(texts))
            return bundled_encoder().read(texts)

    reader(Counting()).read(analyse("Who was the captain?", MODEL, NAMES), [candidate(long, 0.5)])
    assert seen == [1 + close_reading.SENTENCES]


def test_weights_fitted_for_other_features_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    half = {"weights": {"encoder": 1.0}, "background": {"encoder": 0.2}}
    file.write_text(json.dumps({"within": half, "across": half}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"ranking\.json was fitted for other features"):
        read_weighing(file)


def test_a_passage_without_a_sentence_is_one_sentence() -> None:
    assert SentenceCutter(MODEL).cut("...").texts == ("...",)
