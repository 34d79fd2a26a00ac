"""What a question expects to find: its own names and quantities again, and a value of the kind it asks for.

A value counts as an answer only when the question does not hold it already: in "what did Alibaba announce in
2025", 2025 is what must match and not what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.answering.expectation_cues import (
    COMPANIES_OF_OTHERS,
    DAY,
    DEFINITION,
    ENDING,
    NAME_LIKE,
    NO_ENDING,
    OPINION,
    ORGANISATION,
    PLACE,
    REASON,
    SEPARATOR,
    TODAY,
    versions,
)
from rag.answering.support_polarity import opposite
from rag.retrieval.question import Question
from rag.text.aliases import NameMention, NameTable
from rag.text.name_words import english_names
from rag.text.people import PersonMention, find_people, may_hold_bare_name
from rag.text.quantities import DateMention, Mention, find_quantities, same_quantity

NUMBER_KINDS = frozenset({"money", "percent", "count", "duration", "ordinal", "ratio"})
_SHARES = frozenset({"percent", "ratio"})
_A_FEW = 3
_NAME_KINDS = frozenset({"name_person", "name_org", "place"})


@dataclass(frozen=True, slots=True)
class Found:
    """What a sentence holds of what a question expects.

    `features` are named shares and flags in -1..1; `values` the quantities and dates of the kinds asked for,
    `names` the known names that the question does not hold, `people` the persons. `signs` are further flags that
    tell whether the sentence answers at all. `groups` are all known names that it and its context hold.
    """

    features: Mapping[str, float]
    signs: Mapping[str, float]
    values: tuple[Mention, ...]
    names: tuple[NameMention, ...]
    people: tuple[PersonMention, ...]
    groups: frozenset[str]


SIGNS = (
    "names_missing",
    "names_missing_around",
    "names_missing_passage",
    "names_missing_article",
    "name_conflict",
    "name_conflict_passage",
    "name_conflict_within",
    "date_conflict",
    "quantity_missing",
    "money_missing",
    "percent_missing",
    "count_missing",
    "duration_missing",
    "person_missing",
    "organisation_missing",
    "place_missing",
    "reason_missing",
    "date_conflict_within",
    "ending_missing",
    "turned",
    "version_conflict",
    "today_missing",
    "opinion",
)


class Expectation:
    """Looks into sentences for one question."""

    def __init__(self, question: Question, names: NameTable) -> None:
        self._names = names
        self._groups = frozenset(mention.group for mention in question.names)
        self._proper = frozenset(group for group in self._groups if names.kind(group) != "concept")
        self._capitals = [group for group in self._proper if names.kind(group) == "place" and names.owner(group)]
        self._own_dates = [m for m in question.quantities if isinstance(m, DateMention)]
        self._own = question.quantities
        # which three, number one: texts say it in other words
        self._telling = tuple(m for m in self._own if m.kind not in ("count", "ordinal") or m.value > _A_FEW)
        numbers = question.asks & NUMBER_KINDS
        # a third is a share as 33% is
        self._numbers = numbers | _SHARES if numbers & _SHARES else numbers
        self._dates = bool(question.asks & {"date", "time"})
        self._asks = question.asks
        self._day = DAY.search(question.text) is not None
        self._versions = versions(question.text)
        self._today = TODAY.search(question.text) is not None
        self._opinion = OPINION.search(question.text) is not None
        self._words = frozenset(re.findall(r"\w+", question.text.lower()))
        self._ends = ENDING.search(NO_ENDING.sub(" ", question.text)) is not None
        self._text, self._presumes = question.text, "yesno" not in question.asks

    def look(self, text: str, context: tuple[str, ...]) -> Found:
        """Compare a sentence, with the texts of its context, with what the question expects."""
        mentions = _quantities(text)
        near = tuple(m for part in context for m in _quantities(part))
        fresh = tuple(m for m in mentions if not any(_equal(own, m) for own in self._own))
        named = self._names.find(text)
        groups = self._named_in(text)
        around = groups.union(*(self._named_in(part) for part in context))
        numbers = tuple(m for m in fresh if m.kind in self._numbers)
        any_number = [m for m in fresh if m.kind in NUMBER_KINDS]
        dates = tuple(m for m in fresh if self._is_date(m))
        others = tuple(m for m in named if m.group not in self._groups and self._is_name(m))
        people = _people(text)
        asks_number, asks_date = bool(self._numbers), self._dates
        asks_name = bool(self._asks & _NAME_KINDS)
        name_like = bool(others) or bool(people) or bool(NAME_LIKE.search(text))
        features = {
            "names": _share(self._groups, groups),
            "names_context": _share(self._groups, around),
            "quantities": self._matched(self._own, mentions, near),
            "number_kind": float(asks_number and bool(numbers)),
            "number_any": float(asks_number and bool(any_number)),
            "number_missing": float(asks_number and not any_number),
            "date": float(asks_date and bool(dates)),
            "date_missing": float(asks_date and not dates),
            "name": float(asks_name and name_like),
            "name_missing": float(asks_name and not name_like),
            "reason": float("reason" in self._asks and REASON.search(text) is not None),
            "list": float("list" in self._asks and len(SEPARATOR.findall(text)) >= 2),
            "definition": float("definition" in self._asks and DEFINITION.search(text) is not None),
        }
        conflicting = self._kinds(m.group for m in others)
        signs = {
            "names_missing": 1 - _share(self._proper, groups) if self._proper else 0.0,
            "names_missing_around": 1 - _share(self._proper, around) if self._proper else 0.0,
            "name_conflict": float(bool(self._kinds(self._proper - around) & conflicting)),
            "name_conflict_within": float(bool(self._kinds(self._proper - groups) & conflicting)),
            "date_conflict": float(any(self._contradicts(own, (*mentions, *near)) for own in self._own_dates)),
            "quantity_missing": 1 - self._matched(self._telling, mentions, near) if self._telling else 0.0,
            "date_conflict_within": float(any(self._contradicts(own, mentions) for own in self._own_dates)),
            "ending_missing": float(self._ends and ENDING.search(text) is None),
            "turned": float(self._presumes and opposite(self._text, text)),
            "version_conflict": float(self._is_other_version(text)),
            "today_missing": float(self._today and TODAY.search(text) is None),
            "opinion": float(self._opinion),
            **self._wrong_kind(fresh, named, text),
            **self._nobody(named, people, text),
        }
        values = dates if asks_date and not numbers else numbers
        return Found(features, signs, values, others, people, around)

    def within_passage(self, sentences: Sequence[Found], article: frozenset[str]) -> list[Found]:
        """The sentences of one passage with what the whole of it lacks among their signs.

        `article` are the names of all that is at hand of its article.
        """
        held = frozenset().union(*(one.groups for one in sentences))
        lacks = self._proper - held
        missing = len(lacks) / len(self._proper) if lacks else 0.0
        found = []
        for one in sentences:
            conflict = float(bool(self._kinds(lacks) & self._kinds(m.group for m in one.names)))
            signs = {**one.signs, "names_missing_passage": missing, "name_conflict_passage": conflict}
            signs["names_missing_article"] = 1 - _share(self._proper, article) if self._proper else 0.0
            found.append(replace(one, signs=signs))
        return found

    def _wrong_kind(
        self,
        fresh: tuple[Mention, ...],
        named: tuple[NameMention, ...],
        text: str,
    ) -> dict[str, float]:
        """Flags for what the question asks for plainly and the sentence does not hold."""
        kinds = {mention.kind for mention in fresh}
        known = {self._names.kind(mention.group) for mention in named if mention.group not in self._groups}
        return {
            "money_missing": float(self._numbers == {"money"} and "money" not in kinds),
            "percent_missing": float(self._numbers == _SHARES and not kinds & _SHARES),
            "count_missing": float(self._numbers == {"count"} and not kinds & {"count", "ordinal"}),
            "duration_missing": float(self._numbers == {"duration"} and "duration" not in kinds),
            "place_missing": float(
                "place" in self._asks and "place" not in known and not self._may_name_place(text, named)
            ),
            "reason_missing": float("reason" in self._asks and REASON.search(text) is None),
        }

    def _nobody(self, named: tuple[NameMention, ...], people: tuple[PersonMention, ...], text: str) -> dict[str, float]:
        """Flags for a person or an organisation that is asked for where the sentence names neither."""
        person, organisation = "name_person" in self._asks, "name_org" in self._asks
        known = (
            self._names.kind(mention.group)
            for mention in named
            # a product is no company
            if mention.group not in self._groups and (person or not self._is_product(mention.group))
        )
        # a company may be who did it
        if not (person or organisation) or not {"person", "name"}.isdisjoint(known) or self._has_new_name(text, named):
            person = organisation = False
        return {
            "person_missing": float(person and not people and not _may_hold_bare_name(text)),
            "organisation_missing": float(organisation and not self._has_new_organisation(text)),
        }

    def _is_other_version(self, text: str) -> bool:
        """Whether a sentence speaks of another version of what the question names, and not of the one it names."""
        held = versions(text)
        return any(held.get(name, own) and held.get(name, own).isdisjoint(own) for name, own in self._versions.items())

    def _is_date(self, mention: Mention) -> bool:
        """Whether a mention may be the date asked for: to the day where a day is asked for."""
        if isinstance(mention, DateMention):
            return mention.day is not None or not self._day
        return mention.kind == "time"

    def _may_name_place(self, text: str, named: tuple[NameMention, ...]) -> bool:
        """Whether a text holds a street, a town or a name that no list knows."""
        return PLACE.search(text) is not None or self._has_new_name(text, named)

    def _is_product(self, group: str) -> bool:
        return bool(self._names.owner(group)) and group not in COMPANIES_OF_OTHERS

    def _has_new_organisation(self, text: str) -> bool:
        return any(match.group() not in self._text for match in ORGANISATION.finditer(text))

    def _has_new_name(self, text: str, named: tuple[NameMention, ...]) -> bool:
        """Whether a capitalised word, of no known name, stands inside the sentence that the question does not hold."""
        return any(
            text[start:end].lower() not in self._words and not any(m.start <= start < m.end for m in named)
            for start, end in english_names(text)
        )

    @staticmethod
    def _contradicts(own: DateMention, mentions: tuple[Mention, ...]) -> bool:
        """Whether the dates at hand give years, or months, none of which is that of the question."""
        dates = [m for m in mentions if isinstance(m, DateMention)]
        for part in ("year", "month"):
            given = {value for m in dates if (value := getattr(m, part)) is not None}
            if given and getattr(own, part) is not None and getattr(own, part) not in given:
                return True
        return False

    def _named_in(self, text: str) -> frozenset[str]:
        """The known names of a text, and the capitals in the question that stand for a country named in the text."""
        groups = self._names.groups(text)
        return groups | {own for own in self._capitals if self._names.owner(own) in groups}

    def _kinds(self, groups: Iterable[str]) -> frozenset[str]:
        return frozenset(self._names.kind(group) for group in groups)

    def _is_name(self, mention: NameMention) -> bool:
        return self._names.kind(mention.group) != "concept"

    @staticmethod
    def _matched(wanted: Sequence[Mention], mentions: tuple[Mention, ...], near: tuple[Mention, ...]) -> float:
        """The share of quantities and dates that the sentence holds, a date also in its context."""
        if not wanted:
            return 0.0
        held = (*mentions, *(m for m in near if isinstance(m, DateMention)))
        return sum(any(_satisfies(own, m) for m in held) for own in wanted) / len(wanted)


def _satisfies(own: Mention, held: Mention) -> bool:
    """Whether a text's quantity is the question's.

    A date may be more precise than what was asked, and may leave out the year, which an article often says once.
    """
    if not (isinstance(own, DateMention) and isinstance(held, DateMention)):
        return same_quantity(own, held)
    if own.month is None and own.day is None:
        return own.year == held.year
    years_meet = own.year is None or held.year is None or own.year == held.year
    return years_meet and own.month == held.month and (own.day is None or own.day == held.day)


def _equal(own: Mention, held: Mention) -> bool:
    """Whether a text's quantity only repeats the question's: 14 February does not merely repeat February."""
    precise = (
        isinstance(own, DateMention) and isinstance(held, DateMention) and own.day is None and held.day is not None
    )
    return not precise and same_quantity(own, held)


# sentences come back from question to question, and as the context of the next one
_quantities = lru_cache(maxsize=8192)(find_quantities)
_people = lru_cache(maxsize=8192)(find_people)
_may_hold_bare_name = lru_cache(maxsize=8192)(may_hold_bare_name)


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0
