"""Many people at the chat page at once: `python -m benchmarks.people`.

The page is served by `rag chat` in a process of its own, over the sample corpus and without a language model. People
ask it as the page's own script does, over Gradio's queue (`/gradio_api/queue`), each in a browser of its own name.
First every question is asked alone; then all people ask at the same moment, in rounds, and each must get, for its own
question, the very answer that it has alone. Then they ask on to the number of questions given; memory is that of the
server process. Seconds are from the sending of a question to the last step of its answer.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import numpy as np

from benchmarks.speed import ROOT, _questions

PEOPLE = 20
ROUNDS = 5
QUESTIONS = 1_000
TURNS = 5
"""Questions in one conversation, before another is begun."""

_ANSWER = re.compile(r"<div class='answer'>(.*?)<p class='made'>", re.S)
_ASKED = re.compile(r"<h2 [^>]*id='turn-\d+-question'>.*?<bdi[^>]*>(.*?)</bdi>", re.S)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one question; `asked` are all questions that the conversation shows, `text` its last answer."""

    question: str
    seconds: float
    asked: tuple[str, ...]
    text: str

    @property
    def failed(self) -> bool:
        """Whether no answer came."""
        return not self.text


class Person:
    """One browser at the page: it has a name of its own and one conversation at a time."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = url, name
        self._client = httpx.Client(base_url=url, timeout=120)
        self._arriving, self._asking = _events(self._client.get("/config").json())
        # a browser keeps one of these as long as its page is open
        self._session = f"session{name}"
        self._talk, self._turns = "", 0
        self._call(self._arriving, ["", *self._where()])

    def begin_anew(self) -> None:
        """Leave the conversation; the next question begins another."""
        self._talk, self._turns = "", 0

    def ask(self, question: str) -> Answered:
        """Ask, and wait for the end of the answer."""
        if self._turns >= TURNS:
            self.begin_anew()
        began = time.perf_counter()
        first, last = self._call(self._asking, [question, "", "", *self._where()])
        seconds = time.perf_counter() - began
        if first and isinstance(first[0], str):
            self._talk = first[0]
        self._turns += 1
        drawn = last[1] if len(last) > 1 and isinstance(last[1], str) else ""
        answers = _ANSWER.findall(drawn)
        asked = tuple(html.unescape(one) for one in _ASKED.findall(drawn))
        return Answered(question, seconds, asked, _TAG.sub("", answers[-1]).strip() if answers else "")

    def close(self) -> None:
        """Leave the page."""
        self._client.close()

    def _where(self) -> list[str]:
        return [self.name, self._talk, "", "en"]

    def _call(self, event: int, data: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The outputs of an event of the page as it first said them, and as it said them last."""
        body: dict[str, Any] = {"data": list(data), "event_data": None, "fn_index": event, "trigger_id": None}
        body["session_hash"] = self._session
        self._client.post("/gradio_api/queue/join", json=body).raise_for_status()
        first: list[Any] = []
        with self._client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._session}) as stream:
            for line in stream.iter_lines():
                said = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                output = (said.get("output") or {}).get("data") or []
                # the first step is whole, those that follow are differences, the end is whole again
                if said.get("msg") == "process_generating" and not first:
                    first = output
                elif said.get("msg") == "process_completed":
                    return first, output
        return first, []


def _events(config: dict[str, Any]) -> tuple[int, int]:
    """The numbers of the events that open the page and that ask."""
    names = {one["id"]: one["props"].get("elem_id") for one in config["components"]}
    events = config["dependencies"]
    arriving = next(one["id"] for one in events if any(kind == "load" for _, kind in one["targets"]))
    asking = next(
        one["id"]
        for one in events
        if any(names.get(target) == "question" and kind == "submit" for target, kind in one["targets"])
    )
    return arriving, asking


@contextmanager
def page_over_the_corpus(folder: Path) -> Iterator[tuple[str, int]]:
    """`rag chat` over the sample corpus, without a language model: its address and its process number."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    index = folder / "indexes" / "default"
    environ = {**os.environ, "RAG_MODEL": "extractive", "RAG_INDEX": str(index)}
    rag = [sys.executable, "-m", "rag"]
    articles = [str(part) for part in sorted(ROOT.glob("corpus/*")) if part.name != "gold"]
    subprocess.run([*rag, "ingest", *articles], env=environ, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    command = [*rag, "chat", "--port", str(port)]
    served = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(url, served)
        yield url, served.pid
    finally:
        served.terminate()
        served.wait(20)


def _wait_for(url: str, served: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and served.poll() is None:
        try:
            httpx.get(url, timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the page does not answer")


def memory_mb(pid: int) -> float:
    """The memory that a process holds, in MB; Linux only."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors' time; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(url: str, pid: int, people: int, rounds: int, questions: int) -> list[tuple[str, str]]:
    """The figures by name."""
    asked = _questions()
    alone_person = Person(url, "f" * 32)
    alone: dict[str, Answered] = {}
    for question in asked:
        alone_person.begin_anew()
        alone[question] = alone_person.ask(question)
    alone_person.close()
    crowd = [Person(url, f"{number:032x}") for number in range(people)]
    before, used = memory_mb(pid), cpu_seconds(pid)
    together: list[Answered] = []
    rest: list[Answered] = []
    with ThreadPoolExecutor(people) as pool:
        for one_round in range(rounds):
            together += _at_once(pool, crowd, asked, one_round)
        memory, used = [before, memory_mb(pid)], cpu_seconds(pid) - used
        more = max(0, questions - len(together) - len(asked))
        for one_round in range(rounds, rounds + more // people):
            for person in crowd if one_round % TURNS == 0 else ():
                person.begin_anew()
            chosen = [asked[(number + one_round * 7) % len(asked)] for number in range(people)]
            rest += list(pool.map(Person.ask, crowd, chosen))
    memory.append(memory_mb(pid))
    for person in crowd:
        person.close()
    busy = ("server's processor time for each of these, ms", f"{used / len(together) * 1000:.0f}")
    return [*_figures(list(alone.values()), together, rest, alone, memory, people), busy]


def _at_once(pool: ThreadPoolExecutor, crowd: Sequence[Person], asked: Sequence[str], one_round: int) -> list[Answered]:
    """One question of each person, all sent at the same moment, each in a conversation of its own."""
    ready = Barrier(len(crowd))

    def ask(number: int, person: Person) -> Answered:
        person.begin_anew()
        ready.wait()
        return person.ask(asked[(number + one_round * len(crowd)) % len(asked)])

    return list(pool.map(ask, range(len(crowd)), crowd))


def _figures(
    first: Sequence[Answered],
    together: Sequence[Answered],
    rest: Sequence[Answered],
    alone: dict[str, Answered],
    memory: Sequence[float],
    people: int,
) -> list[tuple[str, str]]:
    every = [*first, *together, *rest]
    seconds = [one.seconds for one in together]
    waits = [one.seconds for one in first]
    foreign = [one for one in together if one.asked != (one.question,) or one.text != alone[one.question].text]
    foreign += [one for one in rest if not one.asked or one.asked[-1] != one.question]
    return [
        ("one person alone, median / p95, s", "{:.2f} / {:.2f}".format(*np.percentile(waits, [50, 95]))),
        (f"{people} people at once, median / p95, s", "{:.2f} / {:.2f}".format(*np.percentile(seconds, [50, 95]))),
        ("slowest, s", f"{max(seconds):.2f}"),
        ("questions asked at once / in all", f"{len(together)} / {len(every)}"),
        ("without an answer", str(sum(one.failed for one in every))),
        ("with another's question or answer", str(len(foreign))),
        ("memory before / after those at once / at the end, MB", " / ".join(f"{one:.0f}" for one in memory)),
    ]


def main() -> None:
    """Print the figures as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.people", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often all ask at the same moment")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="questions in all, for the memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, page_over_the_corpus(Path(folder)) as (url, pid):
        figures = measure(url, pid, options.people, options.rounds, options.questions)
    print("| measured | value |\n|---|---|")
    print("\n".join(f"| {name} | {value} |" for name, value in figures))
    print(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; no language model, sample corpus.")


if __name__ == "__main__":
    main()
