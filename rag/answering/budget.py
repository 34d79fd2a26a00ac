"""How much evidence and conversation a prompt may hold.

Invariant: what is kept is a prefix of the evidence, best first, of which only the last passage may be shortened, and
the latest turns of the conversation. A shortened passage is a run of whole sentences of the passage, so it is a
passage of its article like any other. Counting tokens may be a request to a server: it is done four times at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.prompts import History, Message, Source, answer_messages, remembered
from rag.errors import PromptTooLong
from rag.text.sentences import split_sentences
from rag.text.words import is_function_word, lexical_words
from rag.types import Hit, Language, Passage, Span

COUNTS = 4
"""Calls of `count` at most."""

_ENOUGH = 3
# less than this is no passage worth a number
_LEAST_TOKENS = 40
_MARGINS = (0.97, 0.88)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits. `hits` are its sources in the order of their numbers, the last one perhaps shortened;
    `history_kept` turns of the conversation are in it; `tokens` is what `count` said.
    """

    messages: tuple[Message, ...]
    hits: tuple[Hit, ...]
    history_kept: int
    tokens: int


@dataclass(frozen=True, slots=True)
class _Task:
    """What a prompt is made from."""

    question: str
    language: Language
    dates: Callable[[Hit], str | None]
    insist: bool

    def messages(self, hits: Sequence[Hit], history: History) -> tuple[Message, ...]:
        sources = [
            Source(n, hit.title, self.dates(hit), hit.passage.language, hit.passage.text)
            for n, hit in enumerate(hits, start=1)
        ]
        return answer_messages(self.question, self.language, sources, history, self.insist)


def fit(
    question: str,
    language: Language,
    hits: Sequence[Hit],
    dates: Callable[[Hit], str | None],
    history: History,
    count: Callable[[Sequence[Message]], int],
    limit: int,
    insist: bool = False,
    model: str = "?",
) -> Fitted:
    """The prompt with as much evidence and conversation as `limit` tokens hold.

    What goes first: evidence after the third, from the last; then the conversation, from its oldest turn; then the
    rest of the evidence, down to one sentence of the best. Raises `PromptTooLong`, which names `model` and `limit`,
    where that does not fit either, and `ValueError` without evidence.
    """
    if not hits:
        raise ValueError("a prompt needs evidence")
    task, history = _Task(question, language, dates, insist), remembered(history)
    messages = task.messages(hits, history)
    tokens = count(messages)
    kept: tuple[tuple[Hit, ...], History] = (tuple(hits), history)
    for margin in _MARGINS:
        if tokens <= limit:
            break
        scale = tokens / _estimate(messages)
        kept = _chosen(task, hits, history, limit * margin / scale)
        messages = task.messages(*kept)
        tokens = count(messages)
    if tokens > limit:
        kept = ((_best_sentence(task, hits[0]),), ())
        messages = task.messages(*kept)
        tokens = count(messages)
    if tokens > limit:
        raise PromptTooLong(model=model, limit=limit)
    return Fitted(messages, kept[0], len(kept[1]), tokens)


def _chosen(task: _Task, hits: Sequence[Hit], history: History, room: float) -> tuple[tuple[Hit, ...], History]:
    """What fits `room`, by estimate; the best sentence of the best passage where nothing does."""
    for number, turns in _ways(len(hits), len(history)):
        earlier = history[len(history) - turns :]
        whole = tuple(hits[:number])
        left = room - _estimate(task.messages(whole, earlier))
        if left < 0:
            continue
        if number < len(hits) and left > _LEAST_TOKENS:
            more = _shortened(task, hits[number], left)
            whole = (*whole, more) if more is not None else whole
        return whole, earlier
    left = room - _estimate(task.messages((), ()))
    return (_shortened(task, hits[0], left) or _best_sentence(task, hits[0]),), ()


def _ways(hits: int, turns: int) -> Iterator[tuple[int, int]]:
    """How many passages and turns to try, from all of both to one passage alone."""
    enough = min(hits, _ENOUGH)
    yield from ((number, turns) for number in range(hits, enough, -1))
    yield from ((enough, number) for number in range(turns, -1, -1))
    yield from ((number, 0) for number in range(enough - 1, 0, -1))


def _shortened(task: _Task, hit: Hit, room: float) -> Hit | None:
    """The passage, or the longest run of sentences around its best one, that fits `room`; `None` where none does."""
    text = hit.passage.text
    frame = _estimate(task.messages((_part(hit, Span(0, 0)),), ())) - _estimate(task.messages((), ()))
    if frame + _weight(text) <= room:
        return hit
    spans = split_sentences(text)
    scores = _scores(task.question, [text[span.start : span.end] for span in spans])
    if not spans:
        return None
    first = last = max(range(len(spans)), key=lambda i: (scores[i], -i))
    if frame + _weight(text[spans[first].start : spans[first].end]) > room:
        return None
    while True:
        sides = [(scores[i], i > last, i) for i in (first - 1, last + 1) if 0 <= i < len(spans)]
        fitting = [
            (score, after, i)
            for score, after, i in sides
            if frame + _weight(text[spans[min(first, i)].start : spans[max(last, i)].end]) <= room
        ]
        if not fitting:
            return _part(hit, Span(spans[first].start, spans[last].end))
        # of two that say as little, what follows
        _, _, best = max(fitting)
        first, last = min(first, best), max(last, best)


def _best_sentence(task: _Task, hit: Hit) -> Hit:
    text = hit.passage.text
    spans = split_sentences(text)
    if not spans:
        return hit
    scores = _scores(task.question, [text[span.start : span.end] for span in spans])
    return _part(hit, spans[max(range(len(spans)), key=lambda i: (scores[i], -i))])


def _part(hit: Hit, span: Span) -> Hit:
    """The hit with a part of its passage; `span` is in the passage's text."""
    passage = hit.passage
    start, end = passage.start + span.start, passage.start + span.end
    text = passage.text[span.start : span.end]
    return replace(hit, passage=Passage(passage.article_id, start, end, text, passage.language, passage.heading))


def _scores(question: str, sentences: Sequence[str]) -> list[int]:
    """How many different content words of the question each sentence has."""
    wanted = {word for word in lexical_words(question) if not is_function_word(word)}
    return [len(wanted.intersection(lexical_words(sentence))) for sentence in sentences]


def _estimate(messages: Sequence[Message]) -> float:
    return sum(4 + _weight(message.text) for message in messages)


def _weight(text: str) -> float:
    """Tokens of a text, roughly: four ASCII characters make one, any other character is one."""
    ascii_ = sum(map(str.isascii, text))
    return ascii_ / 4 + (len(text) - ascii_)
