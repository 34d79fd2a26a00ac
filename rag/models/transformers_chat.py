"""A chat model that transformers runs inside this process.

Invariant: the prompt is what the model's own template renders, tokenised once, without a second beginning-of-text
token; of the reply's special tokens the splitter gets those that part thinking and answer, and the reader none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from rag.errors import ModelError, OutOfMemory, PromptTooLong
from rag.models.base import ChatOptions, Turn
from rag.models.chunks import chunk_of, whole
from rag.models.families import Family, Reasoning, Sampling, sampling_of, template_arguments, thinks
from rag.models.reasoning import ReasoningSplitter
from rag.models.reasoning_marks import THINK, marks_of
from rag.models.stop_words import until_stop
from rag.models.transformers_generation import Generator, Words
from rag.models.transformers_loading import Loaded, is_out_of_memory, load
from rag.models.transformers_prompts import as_turns, render, thinking_done

_TURN = ("thinking", "reasoned", "max_tokens", "cancelled")
_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<turn|>", "<|endoftext|>", "<|end_of_text|>", "<|return|>")
"""Tokens that end a turn; some models name only one of them in generation_config.json, which their replies lack."""


class TransformersChat(BaseChatModel):
    """A loaded model as `rag.models.base.LocalChatModel`; `open` makes one.

    As a LangChain model it takes the fields of `Turn` as keyword arguments, and `stop` for the visible text.
    """

    label: str
    options: ChatOptions

    _loaded: Loaded = PrivateAttr()
    _generator: Generator = PrivateAttr()
    _tokens_lock: Lock = PrivateAttr(default_factory=Lock)

    @classmethod
    def open(cls, name: str, options: ChatOptions, label: str) -> TransformersChat:
        """Load a folder or a downloaded hub name; raises what `rag.models.transformers_loading.load` raises."""
        chat = cls(label=label, options=options)
        chat._loaded = load(name)
        chat._generator = Generator(chat._loaded.model)
        return chat

    @property
    def family(self) -> Family | None:
        """The family it was recognised as."""
        return self._loaded.family

    def stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        """As `LocalChatModel.stream_turn`; the last chunk has the token counts, and why the reply ended.

        Why is `response_metadata["finish_reason"]`: `stop`, `length` for the most tokens, or `cancelled` (by the turn
        or by `close`).
        """
        try:
            yield from self._stream_turn(messages, turn)
        except ModelError:
            raise
        except Exception as error:  # of torch, and of some hundred model classes
            if is_out_of_memory(error):
                raise OutOfMemory(model=self.label) from error
            raise ModelError from error

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """Tokens of the prompt that these messages become."""
        return len(self._encode(self._prompt(messages, Turn())))

    def context_tokens(self) -> int:
        """Tokens that prompt, thinking and answer may have together: the setting, but no more than the model has."""
        return min(self.options.context or self._loaded.context, self._loaded.context)

    def get_token_ids(self, text: str) -> list[int]:
        """The model's own tokens of a text; LangChain would download another tokenizer."""
        return self._encode(text)

    def close(self) -> None:
        """Stop the generation under way and free the model; may be called twice."""
        import torch

        self._generator.close()
        self._loaded = Loaded(None, self._loaded.tokenizer, self.family, self._loaded.context, self._loaded.path)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    @property
    def _llm_type(self) -> str:
        return "transformers"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        turn = Turn(**{name: kwargs[name] for name in _TURN if name in kwargs})
        replies = self.stream_turn(messages, turn)
        for message in until_stop(replies, stop) if stop else replies:
            chunk = ChatGenerationChunk(message=message)
            if run_manager is not None:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = self._stream(messages, stop, run_manager, **kwargs)
        reply = whole(cast(AIMessageChunk, chunk.message) for chunk in chunks)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    def _stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        prompt = self._prompt(messages, turn)
        ids = self._encode(prompt)
        room = self.context_tokens() - len(ids)
        if room < 1:
            raise PromptTooLong(model=self.label, limit=self.context_tokens())
        limit = min(room, self._most_tokens(turn))
        splitter = ReasoningSplitter(self.family.reasoning if self.family else None, prompt)
        words, count, ended = Words(self._decode), 0, False
        stops = self._stops()
        unseen = stops | self._unseen()
        tokens = self._generator.tokens(ids, self._arguments(turn, limit, stops), self.options.seed, turn.cancelled)
        try:
            for token in tokens:
                count += 1
                ended = token in stops
                if token not in unseen:
                    yield from map(chunk_of, splitter.feed(words.add(token)))
        finally:
            tokens.close()  # type: ignore[attr-defined]
        yield from map(chunk_of, [*splitter.feed(words.rest()), *splitter.close()])
        yield _last(len(ids), count, _finish_reason(ended, count >= limit))

    def _prompt(self, messages: Sequence[BaseMessage], turn: Turn) -> str:
        """The rendered prompt; where thinking was cut off, continued to the point where the answer begins."""
        wish = "on" if turn.reasoned else turn.thinking or self.options.thinking
        arguments = template_arguments(self.family, wish, self.options.effort, self.options.thinking_tokens)
        prompt = render(self._loaded.tokenizer, as_turns(messages), arguments, self.label)
        return thinking_done(prompt, turn.reasoned, self._reasoning()) if turn.reasoned else prompt

    def _reasoning(self) -> Reasoning | None:
        """How the model thinks; of an unknown family, as its template shows."""
        if self.family is not None and self.family.reasoning.can_think:
            return self.family.reasoning
        return Reasoning(marks=THINK) if THINK[1] in self._loaded.tokenizer.get_chat_template() else None

    def _most_tokens(self, turn: Turn) -> int:
        if turn.max_tokens is not None:
            return max(1, turn.max_tokens)
        thinking = not turn.reasoned and self._may_think(turn)
        return self.options.answer_tokens + (self.options.thinking_tokens if thinking else 0)

    def _may_think(self, turn: Turn) -> bool:
        wish = turn.thinking or self.options.thinking
        return thinks(self.family, wish) if self.family else self._reasoning() is not None

    def _arguments(self, turn: Turn, limit: int, stops: frozenset[int]) -> dict[str, Any]:
        """Arguments of `transformers.GenerationConfig`."""
        ends = sorted(stops)
        common = {"max_new_tokens": limit, "eos_token_id": ends or None, "pad_token_id": ends[0] if ends else 0}
        return common | sampling_arguments(sampling_of(self.family, self._may_think(turn)))

    def _stops(self) -> frozenset[int]:
        """The tokens that end a reply, by the model, its tokenizer, and its template."""
        tokenizer = self._loaded.tokenizer
        stated = getattr(getattr(self._loaded.model, "generation_config", None), "eos_token_id", None)
        ends = set(stated if isinstance(stated, list) else [stated]) | {tokenizer.eos_token_id}
        template, vocabulary = tokenizer.get_chat_template(), tokenizer.get_added_vocab()
        ends |= {vocabulary[end] for end in _ENDS if end in template and end in vocabulary}
        return frozenset(end for end in ends if end is not None)

    def _unseen(self) -> frozenset[int]:
        """Special tokens that say nothing of thinking or answer."""
        marks = marks_of(self.family.reasoning if self.family else None)
        added = self._loaded.tokenizer.added_tokens_decoder.items()
        special = [(number, token.content) for number, token in added if token.special]
        return frozenset(
            number for number, text in special if text not in marks.beginnings and not marks.pattern.search(text)
        )

    def _encode(self, text: str) -> list[int]:
        with self._tokens_lock:  # a tokenizer written in Rust refuses to be used twice at once
            return list(self._loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _decode(self, ids: Sequence[int]) -> str:
        with self._tokens_lock:
            decode = self._loaded.tokenizer.decode
            return str(decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def sampling_arguments(sampling: Sampling) -> dict[str, Any]:
    """Sampling as `transformers.GenerationConfig` has it; a temperature of 0 takes the likeliest token."""
    if sampling.temperature <= 0:
        return {"do_sample": False, "temperature": 1.0, "top_p": 1.0, "top_k": 50}
    return {
        "do_sample": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repetition_penalty": sampling.repetition_penalty,
    }


def _finish_reason(ended: bool, full: bool) -> str:
    if ended:
        return "stop"
    return "length" if full else "cancelled"


def _last(prompt: int, reply: int, reason: str) -> AIMessageChunk:
    usage = UsageMetadata(input_tokens=prompt, output_tokens=reply, total_tokens=prompt + reply)
    return AIMessageChunk(
        content="", usage_metadata=usage, response_metadata={"finish_reason": reason}, chunk_position="last"
    )
