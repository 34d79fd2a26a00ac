"""Promises of the mixed sentences that the sentence encoder learns rare words from."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.code_switching import Glossary, phrases, switched

WORDS = Glossary(
    {
        "comb jelly": (["栉水母"], np.array([1.0])),
        "jelly": (["果冻"], np.array([1.0])),
        "cilium": (["纤毛"], np.array([1.0])),
        "lantern": (["灯笼", "提灯"], np.array([0.5, 0.5])),
    }
)


class Always(random.Random):
    """Draws the largest share, so that everything known is replaced."""

    def uniform(self, a: float, b: float) -> float:
        return b

    def random(self) -> float:
        return 0.0


def test_the_longest_known_phrase_is_replaced_and_its_plural_too() -> None:
    assert WORDS.switched("A comb jelly glows.", Always()) == "A 栉水母 glows."
    assert WORDS.switched("Two Lanterns, one cilium!", Always(0)) in {"Two 灯笼, one 纤毛!", "Two 提灯, one 纤毛!"}


def test_what_a_dictionary_does_not_know_stays_as_it_is() -> None:
    assert WORDS.switched("Nothing here is known, café 12.", Always()) == "Nothing here is known, café 12."


def test_sentences_without_a_known_phrase_are_left_out() -> None:
    mixed = switched(["Nothing.", "comb jelly " * 40], WORDS, seed=3)
    assert [english for _, english in mixed] == ["comb jelly " * 40]
    assert "栉水母" in mixed[0][0]


def test_the_same_seed_mixes_the_same_way() -> None:
    sentences = ["one comb jelly and a lantern by a cilium"] * 20
    assert switched(sentences, WORDS, seed=1) == switched(sentences, WORDS, seed=1)
    assert len({text for text, _ in switched(sentences, WORDS, seed=1)}) > 1


@pytest.mark.parametrize(
    ("gloss", "found"),
    [
        ("comb jellies (Ctenophora)", ["comb jellies"]),
        ("to naturalise; naturalisation", ["naturalise", "naturalisation"]),
        ("(botany) a fern", ["fern"]),
        ("the", []),
        ("a kind of very long description of a thing", []),
        ("item no. 7", []),
    ],
)
def test_notes_particles_and_descriptions_are_no_phrases(gloss: str, found: list[str]) -> None:
    assert list(phrases(gloss)) == found


@given(st.text(alphabet="abcj elyom.,'ABC灯笼", max_size=60), st.integers(0, 5))
def test_whatever_is_not_replaced_keeps_its_place(sentence: str, seed: int) -> None:
    mixed = WORDS.switched(sentence, random.Random(seed))
    for phrase, entry in (("comb jelly", "栉水母"), ("jelly", "果冻")):
        assert mixed.count(entry) <= sentence.lower().count(phrase) + sentence.count(entry)
    if not any(phrase in sentence.lower() for phrase in WORDS.entries):
        assert mixed == sentence
