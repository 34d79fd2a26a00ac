"""Fitting the built-in answerer: which sentence answers, and whether any does.

The paragraphs of SQuAD, CMRC and DRCD that are held out become an index of their own, with half of the paragraphs left
out, and are searched with the product's own retrieval. Where a question's paragraph is there, the sentence that
holds the answer is the one to choose; where it was left out, or SQuAD 2.0 says so, the question is unanswerable,
with near-topic evidence at hand. Questions about articles of one's own (`--own ARTICLES QUESTIONS`, repeatable) are
added and weigh more: their unanswerable ones are near misses written by hand, which is what people ask in vain.
Nobody writes questions about something else altogether, so some of SQuAD's and CMRC's are asked of those articles too.

Choosing is a softmax over the sentences of a question (listwise logistic regression). Confidence is two logistic
regressions over what the best choice looks like: whether it answers, and whether the articles treat of the question at
all. Each has a few dozen weights; all are seeded and go to JSON.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rag.answering.confidence import FEATURES as CONFIDENCE_FEATURES
from rag.answering.confidence import Logistic, confidence, confidence_features
from rag.answering.expectation import SIGNS
from rag.answering.selection import WEIGHTS_FILE
from rag.answering.sentences import FEATURES, Scored, score_sentences
from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.errors import RagError
from training import listwise
from training.data import held_out, measured, read_rows

Kind = Literal["public", "own", "strange"]
"""A question of the public sets, one about articles of one's own, one of the public sets that is asked of those."""

PER_SET, STRANGE, CHOICE_PENALTY = 900, 150, 0.002
CHOICE_WEIGHT: dict[Kind, float] = {"public": 1.0, "own": 30.0, "strange": 1.0}
SURE_WEIGHT: dict[Kind, float] = {"public": 1.0, "own": 100.0}
SURE_PENALTY, TREATS_PENALTY = 0.01, 0.1
"""What a question weighs in the fit of whether the best choice answers, and the inverse penalties of both fits; chosen
by cross-validation."""
_LACKS = np.array(
    [
        name in SIGNS or name == "short" or name.endswith(("missing", "wrong_kind", "nowhere"))
        for name in CONFIDENCE_FEATURES
    ]
)
"""What a sentence lacks must not speak for an answer: too few questions lack a person, say, for the fit to know."""
_SETS = ("squad11.dev.no-xquad", "cmrc2018.dev", "drcd.dev")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and where its answer stands: (article, start, end) places; none for an unanswerable one."""

    question: str
    places: tuple[tuple[str, int, int], ...]
    kind: Kind = "public"


@dataclass(frozen=True, slots=True)
class Observed:
    """An example as the product sees it; `right` marks the sentences that hold the answer."""

    scored: Scored
    coverage: tuple[float, ...]
    right: NDArray[np.bool_]
    answerable: bool
    kind: Kind


def paragraphs(data: Path, index: Path) -> list[Example]:
    """Build the index of development paragraphs and give the questions about it."""
    rng = random.Random(0)
    lines: dict[str, str] = {}
    examples: list[Example] = []
    for name in _SETS:
        rows = [r for r in read_rows(data / f"qa/{name}.jsonl.gz") if measured(name, r)]
        rows = rng.sample(rows, min(PER_SET, len(rows)))
        if name.startswith("squad"):
            second = [r for r in read_rows(data / "qa/squad20.dev.no-xquad.jsonl.gz") if r["is_impossible"]]
            second = [r for r in second if measured(name, r)]
            rows += rng.sample(second, min(PER_SET // 3, len(second)))
        texts = {str(row["context"]): f"{name}-{row['id']}" for row in rows}
        kept = {text for text in texts if not held_out(text, 0.4)}
        lines |= {texts[text]: text for text in kept}
        examples += [_example(row, texts, kept) for row in rows]
    _ingest(index, lines)
    return examples


def _example(row: dict[str, Any], texts: dict[str, str], kept: set[str]) -> Example:
    context = str(row["context"])
    if context not in kept or row["is_impossible"]:
        return Example(str(row["question"]), ())
    places = {(texts[context], a["start"], a["start"] + len(a["text"])) for a in row["answers"]}
    return Example(str(row["question"]), tuple(sorted(places)))


def _ingest(index: Path, lines: dict[str, str]) -> None:
    file = index.with_suffix(".jsonl")
    rows = (json.dumps({"id": key, "text": text, "title": ""}, ensure_ascii=False) for key, text in lines.items())
    file.write_text("\n".join(rows), encoding="utf-8")
    Assistant.open(index, Settings()).ingest(file)


def own_questions(articles: Path, questions: Path, index: Path) -> list[Example]:
    """Questions about articles of one's own: gold pairs whose evidence has offsets, or is quoted."""
    assistant = Assistant.open(index, Settings())
    assistant.ingest(articles)
    texts = {info.source: assistant.article(info.id).text for info in assistant.articles()}
    examples = []
    for line in questions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        places = tuple(_place(evidence, texts) for evidence in row["evidence"])
        # an empty list says that nothing in the articles is near: weather, cooking
        examples.append(Example(row["question"], places, "strange" if row.get("about") == [] else "own"))
    return examples


def strange_questions(data: Path, seed: str) -> list[Example]:
    """Questions of the public sets, as unanswerable ones about articles that do not treat of them."""
    rows = [str(row["question"]) for name in _SETS[:2] for row in read_rows(data / f"qa/{name}.jsonl.gz")]
    return [Example(question, (), "strange") for question in random.Random(seed).sample(sorted(set(rows)), STRANGE)]


def _place(evidence: dict[str, Any], texts: dict[str, str]) -> tuple[str, int, int]:
    if "quote" not in evidence:
        return evidence["doc"], evidence["start"], evidence["end"]
    start = texts[evidence["doc"]].index(evidence["quote"])
    return evidence["doc"], start, start + len(evidence["quote"])


def observe(index: Path, examples: list[Example]) -> Iterator[Observed]:
    """Search and score every example; answerable ones whose answer was not retrieved teach nothing."""
    assistant = Assistant.open(index, Settings())
    for example in tqdm(examples, desc=index.name):
        try:
            evidence = assistant.evidence(example.question)
        except RagError:
            continue
        question = assistant.retriever.analyse(example.question)
        scored = score_sentences(question, evidence.hits, bundled_model(), bundled_encoder, assistant.names)
        right = np.array([_holds(sentence, example.places) for sentence in scored.sentences], dtype=bool)
        if len(right) and (right.any() or not example.places):
            yield Observed(scored, evidence.coverage, right, bool(example.places), example.kind)


def _holds(sentence: object, places: tuple[tuple[str, int, int], ...]) -> bool:
    span, article = sentence.span, sentence.hit.passage.article_id  # type: ignore[attr-defined]
    return any(article == held and span.start < end and start < span.end for held, start, end in places)


def fit_choice(observed: list[Observed]) -> NDArray[np.float64]:
    """Weights of the sentence features: softmax over the sentences of each answerable question."""
    lists = [
        listwise.CandidateList(o.scored.features, o.right, CHOICE_WEIGHT[o.kind]) for o in observed if o.answerable
    ]
    return listwise.fit(lists, CHOICE_PENALTY)


def fit_answers(observed: list[Observed], choice: NDArray[np.float64]) -> Logistic:
    """Whether the best choice answers; strange questions are left to `fit_treats`."""
    observed = [o for o in observed if o.kind != "strange"]
    x = _looks(observed, choice)
    y = np.array([o.answerable for o in observed])
    own = np.array([o.kind == "own" for o in observed])
    weights = np.array([SURE_WEIGHT[o.kind] for o in observed])
    mean, spread = x[own].mean(axis=0), x[own].std(axis=0) + 1e-3
    # both outcomes weigh the same: how often people ask in vain is not known
    balance = np.where(y, 0.5 / weights[y].sum(), 0.5 / weights[~y].sum()) * len(y)
    return _logistic(x, y, weights * balance, SURE_PENALTY, (mean, spread), _LACKS)


def fit_treats(observed: list[Observed], choice: NDArray[np.float64]) -> Logistic:
    """Whether the articles treat of a question: own ones, near misses half as much, against strange ones."""
    asked = [o for o in observed if o.kind != "public"]
    x, y = _looks(asked, choice), np.array([o.kind == "own" for o in asked])
    weights = np.array([0.5 if o.kind == "own" and not o.answerable else 1.0 for o in asked])
    # strange ones can be had in any number, so both sides weigh the same
    weights[~y] *= weights[y].sum() / weights[~y].sum()
    return _logistic(x, y, weights, TREATS_PENALTY, (x.mean(axis=0), x.std(axis=0) + 1e-3), np.zeros_like(_LACKS))


def _looks(observed: Sequence[Observed], choice: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([confidence_features(o.scored, o.scored.features @ choice, o.coverage) for o in observed])


def _logistic(
    x: NDArray[np.float64],
    y: NDArray[np.bool_],
    weights: NDArray[np.float64],
    penalty: float,
    scale: tuple[NDArray[np.float64], NDArray[np.float64]],
    never_for: NDArray[np.bool_],
) -> Logistic:
    """A logistic regression over what the best choice looks like, on features standardised by mean and spread.

    Features in `never_for` that would speak for the outcome are left out.
    """
    from sklearn.linear_model import LogisticRegression

    mean, spread = scale
    kept = np.ones(x.shape[1], dtype=bool)
    while True:
        model = LogisticRegression(C=penalty, max_iter=3000).fit((x - mean) / spread * kept, y, weights)
        wrong = never_for & kept & (model.coef_[0] > 0)
        if not wrong.any():
            break
        kept &= ~wrong
    raw = model.coef_[0] / spread
    named = dict(zip(CONFIDENCE_FEATURES, np.round(raw, 5).tolist(), strict=True))
    return Logistic(named, round(float(model.intercept_[0] - (raw * mean).sum()), 5))


def cross_validated(observed: list[Observed], folds: int = 5, divisions: int = 5) -> str:
    """Refusals of own and strange questions, each with weights fitted without its fold, as a Markdown table.

    The mean of several divisions into folds, since one differs from another by some hundredths.
    """
    asked = [i for i, o in enumerate(observed) if o.kind != "public"]
    sure = [_unseen(observed, asked, folds, seed) for seed in range(divisions)]
    lines = ["| threshold | wrongly refused | near misses refused | strange ones refused |", "|---|---|---|---|"]
    groups: list[tuple[Kind, bool]] = [("own", True), ("own", False), ("strange", False)]
    for threshold in (0.2, 0.24, 0.28, 0.32):
        shares = [
            np.mean([one[i] < threshold for one in sure for i in asked
                     if (observed[i].kind, observed[i].answerable) == group])
            for group in groups
        ]  # fmt: skip
        lines.append(f"| {threshold} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    return "\n".join(lines)


def _unseen(observed: list[Observed], asked: list[int], folds: int, seed: int) -> dict[int, float]:
    """The confidence in each of the questions `asked`, with weights fitted without its fold, by its place."""
    sure: dict[int, float] = {}
    for held in np.array_split(np.random.default_rng(seed).permutation(asked), folds):
        out = set(held.tolist())
        rest = [o for i, o in enumerate(observed) if i not in out]
        choice = fit_choice(rest)
        answers, treats = fit_answers(rest, choice), fit_treats(rest, choice)
        for i in out:
            (features,) = _looks([observed[i]], choice)
            sure[i] = confidence(answers, treats, features)
    return sure


def main() -> None:
    """Fit and write the weights, or cross-validate the fit."""
    parser = argparse.ArgumentParser(prog="python -m training.answering", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--own", type=Path, nargs=2, action="append", required=True, metavar=("ARTICLES", "QUESTIONS"))
    parser.add_argument("--cross-validate", action="store_true", help="print figures of refusal and write nothing")
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / "work")
    options = parser.parse_args()
    observed = list(observe(options.work / "paragraphs", paragraphs(options.data, options.work / "paragraphs")))
    for articles, questions in options.own:
        index = options.work / f"own-{articles.name}"
        observed += observe(index, own_questions(articles, questions, index))
        observed += observe(index, strange_questions(options.data, questions.name))
    if options.cross_validate:
        print(cross_validated(observed))
        return
    choice = fit_choice(observed)
    fitted = {
        "choice": dict(zip(FEATURES, np.round(choice, 5).tolist(), strict=True)),
        "answers": asdict(fit_answers(observed, choice)),
        "treats": asdict(fit_treats(observed, choice)),
    }
    WEIGHTS_FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    hits = [bool(o.right[np.argmax(o.scored.features @ choice)]) for o in observed if o.answerable]
    print(f"{len(observed)} questions; the right sentence first for {np.mean(hits):.3f}; written to {WEIGHTS_FILE}")


if __name__ == "__main__":
    main()
