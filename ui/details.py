"""The details of a search as HTML: every candidate with its words, its scores, and what became of it.

The words come from the index at hand; of a passage that it no longer holds the details say so.
Why a passage was left out follows from its score and rank by the rule of `rag.retrieval.evidence`; the constants of
that rule stand here too, and a test holds them equal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rag.types import Answer, Evidence, Hit
from ui.article import dialog, missing
from ui.conversation import OPENING, Turn
from ui.escaping import attribute, isolated, plain
from ui.excerpt import in_brief, shown_words
from ui.sources import Lookup
from ui.words import label

KEEP_SHARE, AT_LEAST = 0.5, 5

COMPONENTS = (
    *("late", "dense", "lexical", "background", "article"),
    *("sentence", "pair", "encoder", "second", "contextual", "contextual_pair", "sound"),
    *("gain", "balance", "cross_encoder"),
)
"""The components of a score that have a name of their own, in the order in which they come about."""

_SIGNED = ("background", "gain", "balance")


def opened(name: str, turns: Sequence[Turn], language: str, lookup: Lookup) -> str:
    """A dialog with the details of the search of the turn `name`, or one that says that there are none."""
    for turn in turns:
        if turn.name == name and turn.evidence is not None:
            return panel(turn.evidence, turn.answer, language, lookup)
    return missing(label("details.gone", language), language)


def panel(evidence: Evidence, answer: Answer | None, language: str, lookup: Lookup) -> str:
    """A dialog with the table of candidates."""
    hits, kept = (*evidence.hits, *evidence.cut), len(evidence.hits)
    about = label("details.about" if hits else "details.about_none", language, all=len(hits), kept=kept)
    asked = f"<p class='facts'>{isolated(evidence.question, evidence.language)}</p>"
    head = f"{asked}<p class='note'>{plain(about)}</p>"
    legend = _legend(_components(hits), language)
    body = f"<div class='panel-text details' tabindex='-1'>{table(evidence, answer, language, lookup)}{legend}</div>"
    return dialog(plain(label("details.title", language)), head, body if hits else "", language, "panel wide")


def table(evidence: Evidence, answer: Answer | None, language: str, lookup: Lookup) -> str:
    """The candidates, best first, as a table that scrolls sideways where it is too wide."""
    lookup = lru_cache(maxsize=None)(lookup)
    hits = (*evidence.hits, *evidence.cut)
    names, cited = _components(hits), _cited(answer)
    heads = "".join(
        f"<th scope='col'>{plain(label(f'details.{key}', language))}</th>"
        for key in ("rank", "passage", "score", "outcome", "words")
    )
    heads += "".join(f"<th scope='col' class='component'>{_named(name, language)}</th>" for name in names)
    rows = "".join(_row(hit, _words(hit, lookup, language), evidence, names, cited, language) for hit in hits)
    title = label("details.title", language)
    return (
        f"<div class='scroll' tabindex='0' role='region'{attribute('aria-label', title)}><table>"
        f"<caption class='unseen'>{plain(title)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>"
        "</table></div>"
    )


def outcome(hit: Hit, evidence: Evidence, cited: Mapping[str, Sequence[int]], language: str) -> str:
    """What became of a candidate, in words: cited, kept and why, or left out and why."""
    if hit.passage.id in cited:
        numbers = " ".join(f"[{number}]" for number in cited[hit.passage.id])
        return label("outcome.cited", language, numbers=numbers)
    everything = (*evidence.hits, *evidence.cut)
    weak = hit.score < KEEP_SHARE * max(one.score for one in everything)
    if hit.rank > len(evidence.hits):
        # among the first few only the limit leaves a passage out
        if weak and hit.rank > AT_LEAST:
            return label("outcome.below", language, percent=round(KEEP_SHARE * 100))
        return label("outcome.limit", language, count=len(evidence.hits))
    if any(one.rank > hit.rank and one.score > hit.score for one in everything):
        return label("outcome.language", language)
    return label("outcome.least", language, count=AT_LEAST) if weak else label("outcome.kept", language)


def _words(hit: Hit, lookup: Lookup, language: str) -> str:
    """The words of a passage, folded behind the first of them; of one that is gone what is known, and that it is."""
    passage = hit.passage
    article = lookup(passage.article_id)
    held = article.text[passage.start : passage.end] if article else ""
    spoken = f" dir='auto' lang='{passage.language}'"
    if not held or not held.startswith(passage.text):
        known = f"<p{spoken}>{plain(passage.text)}</p>" if passage.text else ""
        return f"{known}<p class='doubt'>{plain(label('details.passage_gone', language))}</p>"
    begun = isolated(_first_words(shown_words(held, hit.source)), passage.language)
    return f"<details><summary>{begun}</summary><p{spoken}>{in_brief(held, hit.source)}</p></details>"


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= OPENING else f"{line[:OPENING].rstrip()}…"


def _row(
    hit: Hit, words: str, evidence: Evidence, names: Sequence[str], cited: Mapping[str, Sequence[int]], language: str
) -> str:
    passage, kept = hit.passage, hit.rank <= len(evidence.hits)
    badge = f"<span class='badge'>{plain(label(f'language.{passage.language}', language))}</span>"
    cells = [
        f"<td class='figure'>{hit.rank}</td>",
        f"<th scope='row'>{isolated(hit.title, passage.language)}"
        f"<span class='facts'>{badge}{isolated(passage.id, classes='fact')}</span></th>",
        f"<td class='figure'>{hit.score:.2f}</td>",
        f"<td class='outcome'>{plain(outcome(hit, evidence, cited, language))}</td>",
        f"<td class='words'>{words}</td>",
        *(f"<td class='figure'>{_figure(hit.components, name, language)}</td>" for name in names),
    ]
    return f"<tr class='{'kept' if kept else 'cut'}'>{''.join(cells)}</tr>"


def _figure(components: Mapping[str, float], name: str, language: str) -> str:
    if name not in components:
        return plain(label("details.none", language))
    return f"{components[name]:+.2f}" if name in _SIGNED else f"{components[name]:.2f}"


def _components(hits: Sequence[Hit]) -> list[str]:
    """The components that any of the hits has: the known ones in their order, then others."""
    found = dict.fromkeys(name for hit in hits for name in hit.components)
    return [*(name for name in COMPONENTS if name in found), *(name for name in found if name not in COMPONENTS)]


def _named(name: str, language: str) -> str:
    return plain(label(f"component.{name}", language)) if name in COMPONENTS else isolated(name)


def _cited(answer: Answer | None) -> Mapping[str, Sequence[int]]:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for citation in answer.citations if answer else ():
        numbers[citation.passage_id].append(citation.number)
    return numbers


def _legend(names: Sequence[str], language: str) -> str:
    """What the columns mean, folded."""
    known = [name for name in names if name in COMPONENTS]
    if not known:
        return ""
    rows = "".join(
        f"<dt>{_named(name, language)}</dt><dd>{plain(label(f'component.{name}.about', language))}</dd>"
        for name in known
    )
    told = plain(label("details.columns", language))
    return f"<details class='legend'><summary>{told}</summary><dl>{rows}</dl></details>"
