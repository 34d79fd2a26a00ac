"""An article in the other Chinese script, with every place of the stored text to be found again in it.

Invariant: what stands between neighbouring offsets, put together, is the whole converted text, each character once
and in order. The text is converted sentence by sentence; the spaces between sentences stay as they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from rag.text.script import to_script
from rag.text.sentences import split_sentences
from rag.types import Language, Span


@dataclass(frozen=True, slots=True)
class _Run:
    """A sentence, or the spaces before one: where it begins in the article and in the converted text."""

    start: int
    written: str
    begin: int
    converted: str


@dataclass(frozen=True, slots=True)
class Converted:
    """A part of an article in another script; `runs` are its sentences and spaces, in order."""

    script: Language
    runs: tuple[_Run, ...]

    def between(self, edges: Sequence[int]) -> list[str]:
        """The converted words between each two neighbouring offsets into the article; `edges` are in order.

        An offset inside a word that was converted as a whole lies at about the same place in the new word.
        """
        text = "".join(run.converted for run in self.runs)
        # the beginning of a sentence may be converted otherwise than inside it: never step back
        places = accumulate((self._place(edge) for edge in edges), max)
        return [text[start:end] for start, end in pairwise(places)]

    def _place(self, offset: int) -> int:
        if not self.runs:
            return 0
        run = self.runs[max(0, bisect_right(self.runs, offset, key=lambda one: one.start) - 1)]
        inside = min(max(offset - run.start, 0), len(run.written))
        if inside in (0, len(run.written)):
            return run.begin + (len(run.converted) if inside else 0)
        if len(run.written) != len(run.converted):
            inside = min(len(to_script(run.written[:inside], self.script)), len(run.converted))
        return run.begin + inside


def converted(text: str, part: Span, script: Language) -> Converted:
    """`part` of `text` in `script`."""
    runs: list[_Run] = []
    begin = 0
    for start, written, is_sentence in _cut(text[part.start : part.end]):
        new = to_script(written, script) if is_sentence else written
        runs.append(_Run(part.start + start, written, begin, new))
        begin += len(new)
    return Converted(script, tuple(runs))


def _cut(text: str) -> Iterator[tuple[int, str, bool]]:
    """Where each sentence and each gap begins, its words, and whether it is a sentence."""
    at = 0
    for sentence in split_sentences(text):
        if sentence.start > at:
            yield at, text[at : sentence.start], False
        yield sentence.start, text[sentence.start : sentence.end], True
        at = sentence.end
    if at < len(text):
        yield at, text[at:], False
