"""Gold in a development and a test half, split by article.

Invariant: no article is in both halves, and a pair is in a half only if all its articles are. A pair whose articles
lie in both is in neither: fitting on it would have seen the test articles. Unanswerable pairs may be kept apart from
that, by id: what was fitted on stays what was fitted on. Halves depend on the pairs alone, not on their order; the
project's own are a stored list, so that new gold does not move old articles.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import BadRequest
from rag.evaluation.types import GoldPair

Half = Literal["development", "test"]

_Group = tuple[str, ...]

_HALVES: tuple[Half, Half] = ("development", "test")
_PASSES = 20
# a pair that is lost to both halves weighs as much as halves that differ by this many pairs
_LOST = 3.0


@dataclass(frozen=True, slots=True)
class Halves:
    """Pairs to fit on, pairs to measure with, and those that belong to neither; each in the order given."""

    development: tuple[GoldPair, ...]
    test: tuple[GoldPair, ...]
    across: tuple[GoldPair, ...]


def halves(pairs: Iterable[GoldPair], of_article: Mapping[str, Half], kept: Mapping[str, Half] | None = None) -> Halves:
    """Put each pair into the half of its articles.

    An unanswerable pair goes with the articles it is `about`, else by its id; but one whose id is `kept` in a half is
    there, since it was before it named articles. An article that is not in the list is in the development half, so
    that nothing new enters the test half unseen.
    """
    stays = kept or {}
    sorted_in: dict[str, list[GoldPair]] = {"development": [], "test": [], "across": []}
    for pair in pairs:
        if not pair.answerable and pair.id in stays:
            sorted_in[stays[pair.id]].append(pair)
            continue
        found = {of_article.get(doc, "development") for doc in articles_of(pair)} or {_by_id(pair.id)}
        sorted_in[found.pop() if len(found) == 1 else "across"].append(pair)
    return Halves(*(tuple(sorted_in[name]) for name in ("development", "test", "across")))


def split_articles(pairs: Iterable[GoldPair]) -> dict[str, Half]:
    """Two halves with about as many pairs each, and as few pairs between them as moving single articles can reach."""
    counted = Counter(tuple(sorted(docs)) for pair in pairs if (docs := articles_of(pair)))
    groups = dict(sorted(counted.items()))
    by_doc: dict[str, list[_Group]] = defaultdict(list)
    for group in groups:
        for doc in group:
            by_doc[doc].append(group)
    state = _State(groups, by_doc)
    for doc in _by_kinship(groups, by_doc):
        state.place(doc)
    for _ in range(_PASSES):
        # a sum, so that each article is tried and not only up to the first that moves
        if not sum(state.improve(doc) for doc in sorted(by_doc)):
            break
    return {doc: _HALVES[state.side[doc]] for doc in sorted(by_doc)}


def articles_of(pair: GoldPair) -> set[str]:
    """The sources of a pair's articles: of its evidence, or what it is about."""
    return {evidence.doc for evidence in pair.evidence} or set(pair.about)


def read_split(path: Path) -> dict[str, Half]:
    """A stored list of articles, or of ids that are kept: `{"development": [name…], "test": [name…]}`.

    Raises `BadRequest` where it is not one.
    """
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        found: dict[str, Half] = {str(doc): half for half in _HALVES for doc in listed[half]}
    except FileNotFoundError as error:
        raise BadRequest(what=str(path), reason_key="reason.not_found") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadRequest(what=str(path), reason=str(error)) from error
    if len(found) != sum(len(listed[half]) for half in _HALVES):
        raise BadRequest(what=str(path), reason_key="reason.split_twice")
    return found


def write_split(of_article: Mapping[str, Half], path: Path) -> None:
    """Store the halves as a list that `read_split` reads."""
    listed = {half: sorted(doc for doc, own in of_article.items() if own == half) for half in _HALVES}
    path.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class _State:
    """Which side each article is on, and what that costs."""

    def __init__(self, groups: Mapping[_Group, int], by_doc: Mapping[str, Sequence[_Group]]) -> None:
        self.groups, self.by_doc = groups, by_doc
        self.side: dict[str, int] = {}

    def place(self, doc: str) -> None:
        """Put an article on the cheaper side."""
        costs = [self._cost_with(doc, side) for side in (0, 1)]
        self.side[doc] = costs.index(min(costs))

    def improve(self, doc: str) -> bool:
        """Move an article, alone or with one that shares a pair, where that is cheaper; whether it was."""
        now = self._cost()
        near = {other for docs in self.by_doc[doc] for other in docs} - {doc}
        for company in ((), *((other,) for other in sorted(near) if self.side[other] == self.side[doc])):
            self._flip(doc, *company)
            if self._cost() < now - 1e-9:
                return True
            self._flip(doc, *company)
        return False

    def _flip(self, *docs: str) -> None:
        for doc in docs:
            self.side[doc] = 1 - self.side[doc]

    def _cost_with(self, doc: str, side: int) -> float:
        self.side[doc] = side
        return self._cost()

    def _cost(self) -> float:
        lost, pairs = 0, [0, 0]
        for docs, count in self.groups.items():
            sides = {self.side[doc] for doc in docs if doc in self.side}
            if len(sides) == 1:
                pairs[sides.pop()] += count
            elif sides:
                lost += count
        return _LOST * lost + abs(pairs[0] - pairs[1])


def _by_kinship(groups: Mapping[_Group, int], by_doc: Mapping[str, Sequence[_Group]]) -> list[str]:
    """Articles so that each follows the one that it shares most pairs with; the ones with most pairs first."""
    pairs = {doc: sum(groups[docs] for docs in held) for doc, held in by_doc.items()}
    left = dict.fromkeys(sorted(by_doc, key=lambda doc: (-pairs[doc], doc)))
    order: list[str] = []
    while left:
        shared: Counter[str] = Counter()
        for docs in by_doc[order[-1]] if order else ():
            shared.update(dict.fromkeys((doc for doc in docs if doc in left), groups[docs]))
        kin = [doc for doc in left if shared[doc] > 1]
        order.append(max(kin, key=lambda doc: shared[doc]) if kin else next(iter(left)))
        del left[order[-1]]
    return order


def _by_id(identity: str) -> Half:
    return _HALVES[hashlib.sha256(identity.encode("utf-8", "replace")).digest()[0] % 2]
