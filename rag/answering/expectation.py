"""What a question expects to find: its own names and quantities again, and a value of the kind it asks for.

A value counts as an answer only when the question does not hold it already: in "what did Alibaba announce in
2025", 2025 is what must match and not what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.retrieval.question import Question
from rag.text.aliases import NameMention, NameTable
from rag.text.name_words import english_names
from rag.text.people import PersonMention, find_people, may_hold_bare_name
from rag.text.quantities import DateMention, Mention, find_quantities, same_quantity

NUMBER_KINDS = frozenset({"money", "percent", "count", "duration", "ordinal", "ratio"})
_NAME_KINDS = frozenset({"name_person", "name_org", "place"})
_REASON = re.compile(
    r"因为|因為|由于|由於|原因|源于|源於|得益|归功|歸功|导致|導致|所以|因此|使得|为了|為了|旨在|以便|目的|意味着|意味著|"
    r"\bbecause\b|\bdue to\b|\bowing to\b|\bthanks to\b|\bsince\b|\bas a result\b|\bso that\b|\bin order to\b|"
    r"\bdriven by\b|\bbacked by\b|\bciting\b|\breasons?\b|\baim(?:ing|s|ed)? to\b|\bsuch as\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"是指|指的是|即|所谓|所謂|统称|統稱|称为|稱為|\b(?:is|are|was|were) (?:an?|the)\b|\bknown as\b|是.{0,12}的|——|\(",
    re.I,
)
_SEPARATOR = re.compile(r"、|,(?!\d)|，|;|；|\band\b|\bor\b|和|与|與|以及|及")
# how organisations are called that no list knows
_ORGANISATION = re.compile(
    r"[一-鿿A-Za-z](?:公司|集团|集團|银行|銀行|大学|大學|学院|學院|研究院|研究所|基金会|基金會|资本|資本|科技|实验室|實驗室|出版社|"
    r"工厂|工廠|厂商|廠商|报|報|网|網)|\b[A-Z][\w&.-]* (?:Inc|Corp|Ltd|Group|Bank|University|Institute|Labs?|Capital|"
    r"Technolog(?:y|ies))\b"
)
# that something ended, failed or was refused
_ENDING = re.compile(
    r"不再|不用|停止|停掉|停用|放弃|放棄|取消|拒绝|拒絕|下架|退出|退回|撤下|撤回|撤掉|撤出|禁止|反对|反對|关闭|關閉|终止|終止|结束|結束|没有|沒有|未能|不肯|不愿|"
    r"不願|不打算|否认|否認|\bno longer\b|\bnot\b|n['’]t\b|\bnever\b|\bstop|\bquit|\brefus|\breject|\babandon|\bcancel|"
    r"\bwithdr[ae]w|\bdrop(?:ped|s|ping)?\b|\bban(?:s|ned|ning)?\b|\bkept? .{1,30} off\b|\bremov|\bend(?:ed|ing)?\b|"
    r"\bclos(?:e|ed|ing)\b|\bfail|\bden(?:y|ied)|\boppos|\bdeclin|\bgive up|\bgave up|\bwithout\b",
    re.IGNORECASE,
)
# that the answer is to be one day
_DAY = re.compile(r"哪一?[天日]|[几幾][号號日]|\b(?:what|which|exact) (?:date|day)\b", re.IGNORECASE)
_NAME_LIKE = re.compile(
    r"[A-Z][\w.-]*(?: [A-Z][\w.-]*)+|(?<![.!?。！？] )(?<!^)\b[A-Z][a-z]+\w*|"
    r"[一-鿿]{2,4}(?:表示|指出|认为|認為|称|稱|说|說|宣布)"
)


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
    "name_conflict",
    "name_conflict_passage",
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
)


class Expectation:
    """Looks into sentences for one question."""

    def __init__(self, question: Question, names: NameTable) -> None:
        self._names = names
        self._groups = frozenset(mention.group for mention in question.names)
        self._proper = frozenset(group for group in self._groups if names.kind(group) != "concept")
        self._own_dates = [m for m in question.quantities if isinstance(m, DateMention)]
        self._own = question.quantities
        self._numbers = question.asks & NUMBER_KINDS
        self._dates = bool(question.asks & {"date", "time"})
        self._asks = question.asks
        self._day = _DAY.search(question.text) is not None
        self._words = frozenset(re.findall(r"\w+", question.text.lower()))
        self._ends = _ENDING.search(question.text) is not None

    def look(self, text: str, context: tuple[str, ...]) -> Found:
        """Compare a sentence, with the texts of its context, with what the question expects."""
        mentions = _quantities(text)
        near = tuple(m for part in context for m in _quantities(part))
        fresh = tuple(m for m in mentions if not any(_equal(own, m) for own in self._own))
        named = self._names.find(text)
        groups = self._names.groups(text)
        around = groups.union(*(self._names.groups(part) for part in context))
        numbers = tuple(m for m in fresh if m.kind in self._numbers)
        any_number = [m for m in fresh if m.kind in NUMBER_KINDS]
        dates = tuple(m for m in fresh if self._is_date(m))
        others = tuple(m for m in named if m.group not in self._groups and self._is_name(m))
        people = _people(text)
        asks_number, asks_date = bool(self._numbers), self._dates
        asks_name = bool(self._asks & _NAME_KINDS)
        name_like = bool(others) or bool(people) or bool(_NAME_LIKE.search(text))
        features = {
            "names": _share(self._groups, groups),
            "names_context": _share(self._groups, around),
            "quantities": self._matched(mentions, near),
            "number_kind": float(asks_number and bool(numbers)),
            "number_any": float(asks_number and bool(any_number)),
            "number_missing": float(asks_number and not any_number),
            "date": float(asks_date and bool(dates)),
            "date_missing": float(asks_date and not dates),
            "name": float(asks_name and name_like),
            "name_missing": float(asks_name and not name_like),
            "reason": float("reason" in self._asks and _REASON.search(text) is not None),
            "list": float("list" in self._asks and len(_SEPARATOR.findall(text)) >= 2),
            "definition": float("definition" in self._asks and _DEFINITION.search(text) is not None),
        }
        signs = {
            "names_missing": 1 - _share(self._proper, groups) if self._proper else 0.0,
            "names_missing_around": 1 - _share(self._proper, around) if self._proper else 0.0,
            "name_conflict": float(bool(self._kinds(self._proper - around) & self._kinds(m.group for m in others))),
            "date_conflict": float(any(self._contradicts(own, (*mentions, *near)) for own in self._own_dates)),
            "quantity_missing": 1 - self._matched(mentions, near) if self._own else 0.0,
            "date_conflict_within": float(any(self._contradicts(own, mentions) for own in self._own_dates)),
            "ending_missing": float(self._ends and _ENDING.search(text) is None),
            **self._wrong_kind(fresh, named, text),
            **self._nobody(named, people, text),
        }
        values = dates if asks_date and not numbers else numbers
        return Found(features, signs, values, others, people, around)

    def within_passage(self, sentences: Sequence[Found]) -> list[Found]:
        """The sentences of one passage with what the whole of it lacks among their signs."""
        held = frozenset().union(*(one.groups for one in sentences))
        lacks = self._proper - held
        missing = len(lacks) / len(self._proper) if lacks else 0.0
        found = []
        for one in sentences:
            conflict = float(bool(self._kinds(lacks) & self._kinds(m.group for m in one.names)))
            signs = {**one.signs, "names_missing_passage": missing, "name_conflict_passage": conflict}
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
            "percent_missing": float(self._numbers == {"percent"} and not kinds & {"percent", "ratio"}),
            "count_missing": float(self._numbers == {"count"} and not kinds & {"count", "ordinal"}),
            "duration_missing": float(self._numbers == {"duration"} and "duration" not in kinds),
            "place_missing": float("place" in self._asks and "place" not in known),
            "reason_missing": float("reason" in self._asks and _REASON.search(text) is None),
        }

    def _nobody(self, named: tuple[NameMention, ...], people: tuple[PersonMention, ...], text: str) -> dict[str, float]:
        """Flags for a person or an organisation that is asked for where the sentence names neither."""
        person, organisation = "name_person" in self._asks, "name_org" in self._asks
        known = (self._names.kind(mention.group) for mention in named if mention.group not in self._groups)
        # a company may be who did it
        if not (person or organisation) or not {"person", "name"}.isdisjoint(known) or self._has_new_name(text):
            person = organisation = False
        return {
            "person_missing": float(person and not people and not _may_hold_bare_name(text)),
            "organisation_missing": float(organisation and _ORGANISATION.search(text) is None),
        }

    def _is_date(self, mention: Mention) -> bool:
        """Whether a mention may be the date asked for: to the day where a day is asked for."""
        if isinstance(mention, DateMention):
            return mention.day is not None or not self._day
        return mention.kind == "time"

    def _has_new_name(self, text: str) -> bool:
        """Whether a capitalised word stands inside the sentence that the question does not hold."""
        return any(text[start:end].lower() not in self._words for start, end in english_names(text))

    @staticmethod
    def _contradicts(own: DateMention, mentions: tuple[Mention, ...]) -> bool:
        """Whether the dates at hand give years, or months, none of which is that of the question."""
        dates = [m for m in mentions if isinstance(m, DateMention)]
        for part in ("year", "month"):
            given = {value for m in dates if (value := getattr(m, part)) is not None}
            if given and getattr(own, part) is not None and getattr(own, part) not in given:
                return True
        return False

    def _kinds(self, groups: Iterable[str]) -> frozenset[str]:
        return frozenset(self._names.kind(group) for group in groups)

    def _is_name(self, mention: NameMention) -> bool:
        return self._names.kind(mention.group) != "concept"

    def _matched(self, mentions: tuple[Mention, ...], near: tuple[Mention, ...]) -> float:
        """The share of the question's quantities and dates that the sentence holds, a date also in its context."""
        if not self._own:
            return 0.0
        held = (*mentions, *(m for m in near if isinstance(m, DateMention)))
        return sum(any(_satisfies(own, m) for m in held) for own in self._own) / len(self._own)


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
