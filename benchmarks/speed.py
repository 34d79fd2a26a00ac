"""How fast and how large: ingest, a cold `rag ask`, warm questions, memory, at several index sizes.

`python -m benchmarks` (or `make bench`) builds indexes of made-up articles, whose sentences are drawn from the
sample corpus with a fixed seed, in a temporary folder, and prints a Markdown table. Each index size is measured in a
process of its own, so that memory is that size's alone. Times are wall-clock; questions are the corpus's gold ones.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
SIZES = (1_000, 10_000)
QUESTIONS = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: rates per second, times in milliseconds (seconds for `cold_s`), memory in MB."""

    passages: int
    ingest_per_s: float
    disk_mb: float
    cold_s: float
    warm_p50_ms: float
    warm_p95_ms: float
    search_p50_ms: float
    memory_mb: float


def made_up_articles(passages: int, out: Path) -> None:
    """Write JSON-lines articles that come to about this many passages, a third of them in each script."""
    from rag.text.sentences import split_sentences

    rng = random.Random(0)
    sentences: dict[str, list[str]] = {}
    for file in sorted(ROOT.glob("corpus/*/*.md")):
        text = file.read_text(encoding="utf-8").split("---", 2)[2]
        found = [text[s.start : s.end] for s in split_sentences(text)]
        sentences.setdefault(file.parent.name, []).extend(s for s in found if not s.startswith("#"))
    with out.open("w", encoding="utf-8") as lines:
        for number in range(passages // 4):
            language = sorted(sentences)[number % len(sentences)]
            joint = " " if language == "en" else ""
            text = joint.join(rng.choices(sentences[language], k=38 if language == "en" else 26))
            lines.write(
                json.dumps({"id": f"a{number}", "text": text, "title": f"a{number}"}, ensure_ascii=False) + "\n"
            )


def measure(passages: int, folder: Path) -> Measured:
    """Build an index of this size and measure it; run in a process of its own."""
    from rag import Assistant

    articles, index = folder / "articles.jsonl", folder / "index"
    made_up_articles(passages, articles)
    built = subprocess.run(
        [sys.executable, "-m", "rag", "ingest", str(articles), "--index", str(index), "--json"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    seconds = json.loads(built.stdout)["seconds"]
    assistant = Assistant.open(index, create=False)
    held = sum(info.passages for info in assistant.articles())
    questions = _questions()
    for question in questions[:10]:
        assistant.ask(question)
    asked = [_milliseconds(lambda q=question: assistant.ask(q)) for question in questions]
    searched = [_milliseconds(lambda q=question: assistant.search(q)) for question in questions]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    disk = sum(file.stat().st_size for file in index.rglob("*") if file.is_file()) / 1e6
    cold = min(_cold(index, questions[0]) for _ in range(3))
    p50, p95 = np.percentile(asked, [50, 95])
    return Measured(held, held / seconds, disk, cold, p50, p95, float(np.median(searched)), memory)


def _questions() -> list[str]:
    rows = [
        json.loads(line) for file in sorted(ROOT.glob("corpus/gold/*.jsonl")) for line in file.open(encoding="utf-8")
    ]
    return [row["question"] for row in random.Random(0).sample(rows, min(QUESTIONS, len(rows)))]


def _milliseconds(call: object) -> float:
    began = time.perf_counter()
    call()  # type: ignore[operator]
    return (time.perf_counter() - began) * 1000


def _cold(index: Path, question: str) -> float:
    command = [sys.executable, "-m", "rag", "ask", question, "--index", str(index)]
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    return time.perf_counter() - began


def table(rows: list[Measured]) -> str:
    """The rows as Markdown."""
    lines = [
        "| passages | ingest, passages/s | on disk, MB | `rag ask` from the shell, s | warm question p50 / p95, ms | "
        "search p50, ms | memory, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.passages:,} | {row.ingest_per_s:,.0f} | {row.disk_mb:.0f} | {row.cold_s:.1f} | "
        f"{row.warm_p50_ms:.0f} / {row.warm_p95_ms:.0f} | {row.search_p50_ms:.0f} | {row.memory_mb:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="passages of each index")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asdict(measure(options.one, Path(folder)))))
        return
    rows = []
    for size in options.sizes:
        print(f"measuring about {size:,} passages …", file=sys.stderr)
        command = [sys.executable, "-m", "benchmarks", "--one", str(size)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
        rows.append(Measured(**json.loads(done.stdout)))
    print(table(rows))
    print(f"\nPython {platform.python_version()}, {platform.machine()}, seed 0; the command is `make bench`.")


if __name__ == "__main__":
    main()
