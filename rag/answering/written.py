"""The answer that a local model writes: prompted with the evidence, streamed, cited and checked sentence by sentence.

Invariant: thinking never reaches the text, and whatever the model does, the last event is a whole answer: where it
fails before a word was shown the built-in answerer takes over, where it fails later what was shown stays.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any

from rag.answering.answer_language import converted as in_script
from rag.answering.answer_language import fits
from rag.answering.budget import Fitted, fit
from rag.answering.citing import Citer
from rag.answering.draft import Draft, converted
from rag.answering.extractive import Assessment, ExtractiveAnswerer, refusal
from rag.answering.later import Later
from rag.answering.messages_for_model import for_langchain
from rag.answering.prompts import History, is_refusal
from rag.answering.support import SupportChecker
from rag.errors import ModelError, RagError
from rag.messages import say
from rag.models.base import ChatOptions, LocalChatModel, Turn
from rag.models.families import thinks
from rag.retrieval.question import Question
from rag.text.folding import fold_text
from rag.text.script import is_han
from rag.types import Answer, AnswerEvent, Citation, Evidence, Hit, Sentence

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk

NOTHING_NEAR = 0.5
"""Nearness of the evidence under which the model is not asked; see `nearness`.

Of 132 answerable questions about the sample articles and five real ones none lies under it (the least near reaches
0.8), of 68 near misses 6 %, of 16 questions about something else entirely, asked of both, 62 %. The model judges the
rest.
"""

_LETTERS_TO_JUDGE = 60
_LATIN_PER_TOKEN = 3.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Attempt:
    """What one run of the model came to."""

    draft: Draft
    raw: str = ""
    thinking: str = ""
    error: ModelError | None = None
    wrong_language: bool = False
    cut_off: bool = False
    thought: float = 0.0

    def thinks(self, text: str) -> AnswerEvent:
        """Note a piece of thinking; `thought` counts its tokens, about, so that no piece is counted twice."""
        self.thinking += text
        self.thought += _tokens(text)
        return AnswerEvent("thinking", text=text)


class WrittenAnswerer:
    """Answers with a local model. Thread-safe: it holds no state of a question."""

    def __init__(
        self,
        model: LocalChatModel,
        options: ChatOptions,
        extractive: ExtractiveAnswerer,
        checker: SupportChecker,
        citer: Citer,
    ) -> None:
        self._model, self._options = model, options
        self._extractive, self._checker, self._citer = extractive, checker, citer

    def stream(
        self, question: Question, evidence: Evidence, history: History = (), cancelled: Event | None = None
    ) -> Iterator[AnswerEvent]:
        """Thinking and text as they come, last the whole answer."""
        if nearness(evidence.hits) < NOTHING_NEAR:
            # the model is not asked, so the refusal is not its own
            answer = refusal(question, evidence, 0.0)
            yield AnswerEvent("text", text=answer.text)
            yield AnswerEvent("answer", answer=answer)
            return
        try:
            fitted = self._fit(question, evidence, history, insist=False)
        except RagError as error:
            yield from self._instead(question, evidence, self._extractive.assess(question, evidence), error)
            return
        # the evidence is assessed while the model reads its prompt
        assessed = Later(lambda: self._extractive.assess(question, evidence))
        try:
            yield from self._asked(fitted, question, evidence, history, cancelled, assessed)
        finally:
            assessed.wait()

    def _asked(
        self,
        fitted: Fitted,
        question: Question,
        evidence: Evidence,
        history: History,
        cancelled: Event | None,
        assessed: Later[Assessment],
    ) -> Iterator[AnswerEvent]:
        """The model's answer; it is asked once more where it wrote in another language."""
        attempt = yield from self._run(fitted, question, cancelled, judge=True)
        if attempt.wrong_language and not _set(cancelled):
            try:
                fitted = self._fit(question, evidence, history, insist=True)
            except RagError as error:
                # the stronger words do not fit, or the server went away: what was written is shown
                _log.info("the model was not asked once more: %s", error)
            else:
                yield AnswerEvent("restart")
                attempt = yield from self._run(fitted, question, cancelled, judge=False)
        yield from self._ended(attempt, fitted, question, evidence, assessed.get(), cancelled)

    def _fit(self, question: Question, evidence: Evidence, history: History, insist: bool) -> Fitted:
        context = self._options.context or self._model.context_tokens()
        reserved = self._options.answer_tokens + (self._options.thinking_tokens if self._thinks() else 0)
        return fit(
            question.text,
            question.language,
            evidence.hits,
            self._citer.date,
            history,
            lambda messages: self._model.count_tokens(for_langchain(messages)),
            # a short context is shared between evidence and answer
            context - min(reserved, context // 2),
            insist=insist,
            model=self._model.label,
        )

    def _thinks(self) -> bool:
        return thinks(self._model.family, self._options.thinking)

    def _run(
        self, fitted: Fitted, question: Question, cancelled: Event | None, judge: bool
    ) -> Generator[AnswerEvent, None, _Attempt]:
        """One run of the model; ended early where it must be asked again for its language."""
        attempt = _Attempt(Draft(self._checker, fitted.hits, question.language))
        try:
            yield from self._written(attempt, fitted, question, cancelled, Turn(cancelled=cancelled), judge)
            if not attempt.raw.strip() and attempt.thinking and not _set(cancelled):
                # all its tokens went into thinking: it is told that it has thought enough
                attempt.cut_off = False
                after = Turn(thinking="off", reasoned=attempt.thinking, cancelled=cancelled)
                yield from self._written(attempt, fitted, question, cancelled, after, judge)
        except ModelError as error:
            _log.info("the model failed: %s", error)
            attempt.error = error
        rest = attempt.draft.close()
        if rest and not attempt.wrong_language:
            yield AnswerEvent("text", text=rest)
        if judge and not attempt.error and fits(attempt.draft.text, question.language) == "language":
            attempt.wrong_language = True
        return attempt

    def _written(
        self,
        attempt: _Attempt,
        fitted: Fitted,
        question: Question,
        cancelled: Event | None,
        turn: Turn,
        judge: bool,
    ) -> Iterator[AnswerEvent]:
        stream = self._model.stream_turn(for_langchain(fitted.messages), turn)
        # the second turn after thinking may think again, no longer than the first
        limit = attempt.thought + self._options.thinking_tokens
        try:
            for chunk in stream:
                yield from self._taken(attempt, chunk, fitted.hits, question)
                if _set(cancelled) or (not attempt.raw.strip() and attempt.thought > limit):
                    return
                if judge and _letters(attempt.draft.text) >= _LETTERS_TO_JUDGE:
                    judge = False
                    attempt.wrong_language = fits(attempt.draft.text, question.language) == "language"
                if attempt.wrong_language:
                    return
        finally:
            _close(stream)

    def _taken(
        self, attempt: _Attempt, chunk: AIMessageChunk, hits: Sequence[Hit], question: Question
    ) -> Iterator[AnswerEvent]:
        """One chunk of the stream: thinking, text, or that the text so far was thinking."""
        if chunk.additional_kwargs.get("retracted"):
            withdrawn, attempt.raw = attempt.raw, ""
            attempt.draft = Draft(self._checker, hits, question.language)
            if withdrawn:
                yield AnswerEvent("restart")
                yield attempt.thinks(withdrawn)
        thought = str(chunk.additional_kwargs.get("reasoning_content") or "")
        if thought:
            yield attempt.thinks(thought)
        if chunk.content:
            text = str(chunk.text)
            attempt.raw += text
            shown = attempt.draft.feed(text)
            if shown:
                yield AnswerEvent("text", text=shown)
        attempt.cut_off = attempt.cut_off or chunk.response_metadata.get("finish_reason") == "length"

    def _ended(
        self,
        attempt: _Attempt,
        fitted: Fitted,
        question: Question,
        evidence: Evidence,
        assessed: Assessment,
        cancelled: Event | None,
    ) -> Iterator[AnswerEvent]:
        """The last events: a refusal, the built-in answer where nothing was written, or the written one."""
        if not attempt.draft.text.strip() and not _set(cancelled):
            yield from self._instead(question, evidence, assessed, attempt.error)
            return
        if is_refusal(attempt.raw) and not attempt.error:
            answer = refusal(question, evidence, assessed.confidence, self._model.label)
            yield AnswerEvent("restart")
            yield AnswerEvent("text", text=answer.text)
            yield AnswerEvent("answer", answer=replace(answer, thinking=attempt.thinking))
            return
        answer = self._answer(attempt, fitted, question, evidence, assessed, _set(cancelled))
        if answer.text != attempt.draft.text:
            yield AnswerEvent("restart")
            yield AnswerEvent("text", text=answer.text)
        yield AnswerEvent("answer", answer=answer)

    def _answer(
        self,
        attempt: _Attempt,
        fitted: Fitted,
        question: Question,
        evidence: Evidence,
        assessed: Assessment,
        stopped: bool,
    ) -> Answer:
        draft, language = attempt.draft, question.language
        fitting = fits(draft.text, language)
        text, sentences = draft.text, tuple(draft.sentences)
        if fitting == "script":
            text, sentences = converted(draft, lambda part: in_script(part, language))
        return Answer(
            question=evidence.question,
            language=language,
            text=text,
            refused=False,
            confidence=assessed.confidence * _supported_share(sentences),
            citations=self._citations(question, draft, fitted.hits),
            evidence=evidence.hits,
            short_answer=self._short(question, assessed, text),
            generator=self._model.label,
            sentences=sentences,
            thinking=attempt.thinking,
            notices=(*self._about_thinking(attempt, language), *_notices(attempt, fitting, language, stopped)),
            unknown_citations=draft.unknown,
        )

    def _about_thinking(self, attempt: _Attempt, language: str) -> Iterator[str]:
        """That the model thought although it was not to: some families cannot be kept from it."""
        if self._options.thinking == "off" and attempt.thinking and thinks(self._model.family, "off"):
            yield say("notice.thinks_anyway", language, model=self._model.label)

    def _citations(self, question: Question, draft: Draft, hits: Sequence[Hit]) -> tuple[Citation, ...]:
        return tuple(
            self._citer.cite(
                question, hits[one.hit], one.verdict.span, number, one.verdict.supported, one.verdict.support
            )
            for number, one in enumerate(draft.quoted, start=1)
        )

    def _short(self, question: Question, assessed: Assessment, text: str) -> str | None:
        """The built-in short answer, where the model says the same."""
        short = self._extractive.short(question, assessed) if assessed.chosen.rows else None
        return short if short and fold_text(short) in fold_text(text) else None

    def _instead(
        self, question: Question, evidence: Evidence, assessed: Assessment, error: RagError | None
    ) -> Iterator[AnswerEvent]:
        """The built-in answer, with a notice of why the model's is not there."""
        language = question.language
        reason = error.in_language(language) if error else say("notice.no_text", language)
        notice = say("notice.model_failed", language, model=self._model.label, reason=reason)
        for event in self._extractive.stream(question, evidence, assessed):
            if event.answer is not None:
                event = replace(event, answer=replace(event.answer, notices=(notice,)))
            yield event


def nearness(hits: Sequence[Hit]) -> float:
    """How near the evidence lies to the question, 0..2: best late interaction plus best cosine of a sentence."""
    late = max((hit.components.get("late", 0.0) for hit in hits), default=0.0)
    return late + max((hit.components.get("encoder", 0.0) for hit in hits), default=0.0)


def _notices(attempt: _Attempt, fitting: str, language: str, stopped: bool) -> Iterator[str]:
    if attempt.error is not None:
        yield say("notice.broke_off", language, reason=attempt.error.in_language(language))
    if stopped:
        yield say("notice.stopped", language)
    elif attempt.cut_off:
        yield say("notice.cut_off", language)
    if fitting == "language":
        yield say("notice.other_language", language)


def _supported_share(sentences: Sequence[Sentence]) -> float:
    """The share, 0..1, of checked sentences that their sources support; 1 where there is none."""
    return sum(sentence.supported for sentence in sentences) / len(sentences) if sentences else 1.0


def _tokens(text: str) -> float:
    """About how many tokens a text has: one a Chinese character, one for three others."""
    han = sum(map(is_han, text))
    return han + (len(text) - han) / _LATIN_PER_TOKEN


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _set(cancelled: Event | None) -> bool:
    return cancelled is not None and cancelled.is_set()


def _close(stream: Any) -> None:
    """End the generation; an iterator that cannot be closed has ended by itself."""
    if hasattr(stream, "close"):
        stream.close()
