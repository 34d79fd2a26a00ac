"""Gold candidates for a person to accept: from passages by rule or by a model, and from readers' feedback.

Invariant: a draft never counts as gold. Its line says `"accepted": false`, which `read_gold` passes over until a person
has made it true or taken it out. The evidence of every draft stands in a stored article, word for word.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

from rag.answering.guard import neutralised
from rag.answering.messages_for_model import reply_to
from rag.answering.prompts import Message, without_marks
from rag.errors import ModelError
from rag.evaluation.draft_prompts import GAP, RULES
from rag.evaluation.gold import gold_form, read_rows
from rag.evaluation.locating import Locator, find_words
from rag.evaluation.qrels import passages_of
from rag.evaluation.types import UNANSWERABLE, GoldEvidence, GoldPair
from rag.models.base import LocalChatModel, Turn
from rag.models.families import thinks
from rag.text.quantities import find_quantities, render
from rag.text.script import detect_language, has_letters
from rag.text.sentences import split_sentences
from rag.types import LANGUAGES, ArticleInfo, Language, Passage

if TYPE_CHECKING:
    from rag.assistant import Assistant

MOST_TOKENS = 400
"""Tokens of a model's proposal at most."""

_GOOD = frozenset(("good", "up", "yes", "true", "1", "helpful", "like"))
_BAD = frozenset(("bad", "down", "no", "false", "0", "-1", "unhelpful", "dislike"))
# what the page's export calls an answer that a reader called wrong
_UNREVIEWED = "unreviewed"
_CHECK = "check answers and evidence"
_LENGTHS = range(20, 300)
_TRIES = 6

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed pair, where it comes from, and what the person who accepts it should look at."""

    pair: GoldPair
    origin: Literal["passage", "model", "feedback"]
    note: str = ""


def from_passages(
    assistant: Assistant, count: int, seed: int = 0, model: LocalChatModel | None = None
) -> Iterator[Draft]:
    """At most `count` drafts, spread over the articles; the same ones for the same index and seed without a model.

    By rule, a sentence with one number or date becomes a question with a gap, in the article's language; the answer is
    accepted in all three. With a model (`assistant.generator().model`) it writes a question in each language in turn;
    a proposal whose quote does not stand in the passage is dropped, and a model that fails ends the drafts.
    """
    asked = cycle(LANGUAGES)
    kept: set[str] = set()
    number = 0
    for info, passage in islice(_spread(assistant, seed), count * _TRIES):
        if number == count:
            return
        try:
            pair = _by_rule(info, passage) if model is None else _by_model(info, passage, next(asked), model)
        except ModelError as error:
            _log.warning("no more drafts: %s", error)
            return
        if pair is not None and pair.question not in kept:
            kept.add(pair.question)
            number += 1
            yield Draft(replace(pair, id=f"draft-{number:03}"), "passage" if model is None else "model")


def from_feedback(path: Path, assistant: Assistant) -> Iterator[Draft]:
    """A draft for each line of feedback that has a question, in order; lines that have none are passed over.

    A line is an answer object of the contract with `verdict` (`good` or `bad`) and, if the reader gave one,
    `correction`. A good answer is proposed with the words that it cites, a good refusal as unanswerable; for a bad one
    the evidence is what it cites or, failing that, the best passage, to be put right by the person. Lines that are
    gold already, as the page's export writes them, keep their answers; `review` becomes the note. Raises `BadRequest`
    where the file cannot be read.
    """
    locator = Locator(assistant.articles(), assistant.article)
    for number, line in enumerate(read_rows(path), start=1):
        row = _object(line)
        question = row.get("question")
        if isinstance(question, str) and has_letters(question):
            draft = _of_export if "evidence" in row and "verdict" not in row else _of_feedback
            yield draft(row, question, f"feedback-{number:03}", locator, assistant)


def write_drafts(drafts: Iterable[Draft], stream: TextIO) -> int:
    """Write drafts as JSON lines, each when it comes; how many."""
    count = 0
    for count, draft in enumerate(drafts, start=1):  # noqa: B007
        stream.write(json.dumps(draft_form(draft), ensure_ascii=False) + "\n")
        stream.flush()
    return count


def draft_form(draft: Draft) -> dict[str, Any]:
    """A draft as a JSON object: the pair's, with `accepted`, `origin` and `note`."""
    form = gold_form(draft.pair) | {"accepted": False, "origin": draft.origin}
    return form | ({"note": draft.note} if draft.note else {})


def _spread(assistant: Assistant, seed: int) -> Iterator[tuple[ArticleInfo, Passage]]:
    """Passages in random order, one of each article in turn."""
    order = random.Random(seed)
    articles = list(assistant.articles())
    order.shuffle(articles)
    left: dict[ArticleInfo, list[Passage]] = {}
    for info in articles:
        left[info] = order.sample(held := passages_of(assistant, [info.id])[info.id], len(held))
        if left[info]:
            yield info, left[info].pop()
    while left:
        left = {info: passages for info, passages in left.items() if passages}
        for info, passages in left.items():
            yield info, passages.pop()


def _by_rule(info: ArticleInfo, passage: Passage) -> GoldPair | None:
    for span in split_sentences(passage.text):
        sentence = passage.text[span.start : span.end].strip()
        quantities = find_quantities(sentence)
        if len(quantities) != 1 or len(sentence) not in _LENGTHS or "\n" in sentence:
            continue
        found = quantities[0]
        question = GAP[passage.language].format(before=sentence[: found.start], after=sentence[found.end :])
        answers = (found.text, *(render(found, language) for language in LANGUAGES))
        evidence = GoldEvidence(info.source, sentence)
        kind = "date" if found.kind == "date" else "number"
        return GoldPair("", question, passage.language, kind, tuple(dict.fromkeys(answers)), (evidence,))
    return None


def _by_model(info: ArticleInfo, passage: Passage, language: Language, model: LocalChatModel) -> GoldPair | None:
    material = f"{info.title}\n<source>\n{neutralised(passage.text)}\n</source>"
    messages = (Message("system", RULES[language]), Message("user", material))
    # a model that cannot be kept from thinking needs room to end it
    limit = None if thinks(model.family, "off") else MOST_TOKENS
    written = reply_to(model, messages, Turn(thinking="off", max_tokens=limit))
    return accept_proposal(written, info, passage, language)


def accept_proposal(written: str, info: ArticleInfo, passage: Passage, language: Language) -> GoldPair | None:
    """The pair in a model's reply; `None` where it is in another language or its quote is not in the passage."""
    row = _object(written[written.find("{") : written.rfind("}") + 1])
    question, answer, quote = (str(row.get(name) or "").strip() for name in ("question", "answer", "quote"))
    if not (has_letters(question) and has_letters(answer) and has_letters(quote)):
        return None
    if detect_language(question, default=language) != language:
        return None
    spans, _ = find_words(passage.text, quote)
    if not spans:
        return None
    start, end = spans[0]
    return GoldPair("", question, language, "span", (answer,), (GoldEvidence(info.source, passage.text[start:end]),))


def _of_feedback(row: Mapping[str, Any], question: str, identity: str, locator: Locator, assistant: Assistant) -> Draft:
    verdict = str(row.get("verdict")).lower()
    refused, correction = bool(row.get("refused")), str(row.get("correction") or "").strip()
    given = row.get("language")
    language: Language = given if given in LANGUAGES else detect_language(question)
    if verdict in _GOOD and refused:
        return Draft(GoldPair(identity, question, language, UNANSWERABLE), "feedback")
    answer = correction or (
        "" if refused else str(row.get("short_answer") or without_marks(str(row.get("answer", ""))))
    )
    evidence = _cited(row, locator) or _nearest(question, assistant)
    answers = (answer.strip(),) if answer.strip() and (correction or verdict not in _BAD) else ()
    pair = GoldPair(identity, question, language, "span", answers, evidence)
    return Draft(pair, "feedback", "" if verdict in _GOOD else _CHECK)


def _of_export(row: Mapping[str, Any], question: str, identity: str, locator: Locator, assistant: Assistant) -> Draft:
    """A draft of a line that is written as gold; what a reader called wrong says so in `review`."""
    given, review = row.get("question_lang"), row.get("review")
    language: Language = given if given in LANGUAGES else detect_language(question)
    identity = row["id"] if isinstance(row.get("id"), str) and row["id"] else identity
    if row.get("type") == UNANSWERABLE and not review:
        return Draft(GoldPair(identity, question, language, UNANSWERABLE), "feedback")
    said = review if isinstance(review, dict) else {}
    evidence = _standing(row.get("evidence"), "doc", locator) or _standing(said.get("quotes"), "doc", locator)
    listed = row.get("answers")
    answers = tuple(str(one) for one in listed if str(one).strip()) if isinstance(listed, list) else ()
    kind = str(row.get("type") or "span")
    kind = "span" if kind in (_UNREVIEWED, UNANSWERABLE) else kind
    pair = GoldPair(identity, question, language, kind, answers, evidence or _nearest(question, assistant))
    told = ", ".join(str(said[name]) for name in ("verdict", "reason") if said.get(name))
    return Draft(pair, "feedback", f"{told}: {_CHECK}" if told else "" if evidence else _CHECK)


def _cited(row: Mapping[str, Any], locator: Locator) -> tuple[GoldEvidence, ...]:
    """The quotes of an answer that still stand in the stored articles."""
    return _standing(row.get("citations"), "source", locator)


def _standing(quotes: object, source: str, locator: Locator) -> tuple[GoldEvidence, ...]:
    quoted = [
        GoldEvidence(str(one.get(source)), str(one.get("quote")))
        for one in (quotes if isinstance(quotes, list) else ())
        if isinstance(one, dict) and one.get(source) and str(one.get("quote") or "").strip()
    ]
    found = (one for one in quoted if locator.locate(GoldPair("", "", "en", "span", (), (one,))).places)
    return tuple(dict.fromkeys(found))


def _nearest(question: str, assistant: Assistant) -> tuple[GoldEvidence, ...]:
    hits = assistant.search(question, 1)
    return tuple(GoldEvidence(hit.source, hit.passage.text) for hit in hits)


def _object(text: str) -> Mapping[str, Any]:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
