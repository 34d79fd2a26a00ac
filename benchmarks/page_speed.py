"""How fast the chat page is to a reader: `python -m benchmarks.page_speed`.

A headless Chromium opens the page of `rag chat` over the sample corpus and measures itself, by `PerformanceObserver`
and the clock of the page: first contentful paint, largest contentful paint, when the page can be asked, and from the
press of Enter to the first text drawn, to the first words of the answer, and to its end. The first visit has an empty
browser cache; a visit again has it filled. Milliseconds, the median of the visits and the slowest.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.people import page_over_the_corpus
from benchmarks.speed import _questions
from tests.page_driver import Reader, chromium, visit

VISITS = 5

_OBSERVE = """
window.seen = { paint: 0, largest: 0, ready: 0, asked: 0, state: 0, words: 0, end: 0, layout: 0 };
new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.largest = one.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) seen.layout += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.name === "first-contentful-paint") seen.paint = one.startTime;
}).observe({ type: "paint", buffered: true });
// a mark is set in the frame after the change, when it has been drawn
const drawn = (name) => { if (!seen[name]) { seen[name] = -1; requestAnimationFrame(() => requestAnimationFrame(() => {
  seen[name] = performance.now(); })); } };
new MutationObserver(() => {
  if (document.querySelector("#conversation .welcome, #conversation .turn")) drawn("ready");
  if (!seen.asked) return;
  if (document.querySelector("#turn-1 .state")) drawn("state");
  if (document.querySelector("#turn-1 .answer p:not(.state)")) drawn("words");
  if (document.querySelector("#turn-1 .made")) drawn("end");
}).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
addEventListener("keydown", ({ key }) => { if (key === "Enter" && !seen.asked) seen.asked = performance.now(); }, true);
"""
_ROWS = (
    ("first paint with content", "paint"),
    ("largest paint with content", "largest"),
    ("the page can be asked", "ready"),
    ("Enter to the first text drawn", "state"),
    ("Enter to the first words of the answer", "words"),
    ("Enter to the whole answer", "end"),
)


def visits(browser: Any, url: str, questions: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """What the page measured in visits with an empty cache (`first`) and with a filled one (`again`)."""
    for question in questions:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
        context.add_init_script(_OBSERVE)
        for kind in ("first", "again"):
            page = context.new_page()
            page.goto(url)
            page.wait_for_function("seen.ready > 0")
            # largest paint is final with the first key
            page.wait_for_timeout(500)
            Reader(page).ask(question)
            page.wait_for_function("seen.end > 0 && seen.words > 0 && seen.state > 0")
            seen = page.evaluate("seen")
            asked = seen["asked"]
            yield kind, {**seen, **{name: seen[name] - asked for name in ("state", "words", "end")}}
            page.evaluate("sessionStorage.clear()")
            page.close()
        context.close()


def table(measured: Sequence[tuple[str, dict[str, float]]]) -> str:
    """The medians and the slowest as Markdown."""
    lines = ["| in the browser, ms (median / slowest) | first visit | again |", "|---|---|---|"]
    for said, name in _ROWS:
        cells = []
        for kind in ("first", "again"):
            times = [seen[name] for one, seen in measured if one == kind]
            cells.append(f"{np.median(times):.0f} / {max(times):.0f}")
        lines.append(f"| {said} | {cells[0]} | {cells[1]} |")
    shifts = [max(seen["layout"] for one, seen in measured if one == kind) for kind in ("first", "again")]
    lines.append(
        f"| layout shift while the page opens and answers (worst, no unit) | {shifts[0]:.3f} | {shifts[1]:.3f} |"
    )
    return "\n".join(lines)


def main() -> None:
    """Print the times as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_speed", description=__doc__)
    parser.add_argument("--visits", type=int, default=VISITS, help="visits of each kind")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        page_over_the_corpus(Path(folder)) as (url, _),
        chromium() as browser,
    ):
        visit(browser, url).close()
        measured = list(visits(browser, url, _questions()[: options.visits]))
    print(table(measured))
    print(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {options.visits} visits of each kind.")


if __name__ == "__main__":
    main()
