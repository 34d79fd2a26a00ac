"""What the chain adds to a model's own time: `python -m benchmarks.written`.

A model that answers at once writes three cited sentences, taken from the evidence that its prompt holds. Measured is
the time of the whole answer, and from the end of the search to the moment when the prompt is handed to the model:
assessing the evidence and building the prompt. Questions are the corpus's gold ones, the index is that of
`benchmarks.speed`. Questions refused before the
model is asked are left out, and those that no source in their own language was found for.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_core.messages import AIMessageChunk, BaseMessage

from benchmarks.speed import _questions, made_up_articles
from rag.assistant import Assistant
from rag.config import Settings
from rag.models.base import Turn
from rag.models.choice import Choice
from rag.models.detect import Detected
from rag.models.families import Family
from rag.models.holder import Held
from rag.text.script import han_share
from rag.text.sentences import split_sentences

_CHINESE = 0.3


@dataclass
class InstantModel:
    """Writes the first sentences of three sources, each with its mark, a piece of four characters at a time."""

    label: str = "instant"
    family: Family | None = None
    asked_at: float = 0.0
    asked: int = 0

    def stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        """The reply, at once."""
        self.asked += 1
        self.asked_at = self.asked_at or time.perf_counter()
        prompt = str(messages[-1].content)
        numbered = enumerate(prompt.split("<source ")[1:], start=1)
        # in the asker's language, else it would be asked once more
        chinese = han_share(prompt.rsplit("</source>", 1)[1]) > _CHINESE
        own = [(number, one) for number, one in numbered if (han_share(one) > _CHINESE) == chinese][:3]
        reply = " ".join(f"{_first_sentence(one)} [{number}]." for number, one in own)
        for at in range(0, len(reply), 4):
            yield AIMessageChunk(content=reply[at : at + 4])

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """About the tokens of the messages."""
        return sum(len(str(message.content)) for message in messages) // 2

    def context_tokens(self) -> int:
        """As large as today's models have it."""
        return 32_768

    def close(self) -> None:
        """Nothing is held."""


def _first_sentence(source: str) -> str:
    text = source.split(">", 1)[1].split("</source>")[0].strip()
    first = split_sentences(text)[0]
    return text[first.start : first.end].rstrip("。.")


def main() -> None:
    """Print p50 and p95 in milliseconds as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.written", description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "articles.jsonl"
        made_up_articles(options.passages, articles)
        with Assistant.open(Path(folder) / "index", Settings(model="extractive")) as assistant:
            assistant.ingest(articles)
            print(_table(*_measure(assistant)))


def _measure(assistant: Assistant) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of the search, from there to the model, and of everything, by question."""
    model = InstantModel()
    held = Held(model, Detected(Choice("hf", model.label), "chosen.setting", {"model": model.label}))
    assistant.generator = lambda: held  # type: ignore[method-assign]
    searched, prompted, whole = [], [], []
    for number, question in enumerate(_questions()):
        began, model.asked_at, model.asked = time.perf_counter(), 0.0, 0
        for event in assistant.stream(question):
            if event.kind == "evidence":
                found = time.perf_counter()
        ended = time.perf_counter()
        # a question without a source in its own language, or refused at once, is no case of three sentences
        if number >= 10 and model.asked_at and model.asked == 1:
            searched.append((found - began) * 1000)
            prompted.append((model.asked_at - found) * 1000)
            whole.append((ended - began) * 1000)
    return searched, prompted, whole


def _table(searched: list[float], prompted: list[float], whole: list[float]) -> str:
    rows = (("search", searched), ("from the search to the model", prompted), ("all but the model", whole))
    lines = [f"| stage, {len(whole)} questions | p50, ms | p95, ms |", "|---|---|---|"]
    for name, times in rows:
        p50, p95 = np.percentile(times, [50, 95])
        lines.append(f"| {name} | {p50:.0f} | {p95:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
