"""The report as one HTML page.

Invariant: the page asks for nothing outside itself (its policy forbids it), every text of an article, a question or an
answer in it is escaped, and it is readable in a light and in a dark browser and on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from rag.evaluation import charts
from rag.evaluation.charts import Axis, Bar, Series
from rag.evaluation.failure_views import FailureView, failure_view
from rag.evaluation.report import (
    DRAWN,
    MOST_FAILURES,
    SECTIONS,
    Cell,
    Report,
    Table,
    change_table,
    facts,
    failures,
    figure_tables,
    gate_table,
    groups,
    heat,
    latency_table,
    loss_table,
    missing_table,
    recall_curves,
)
from rag.evaluation.retrieval_metrics import KS
from rag.evaluation.words import direction_word, figure_note

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

_HEAD = ("date", "commit", "generator", "encoder")

_STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1c1e21;--soft:#5c636b;--line:#d9dde2;--card:#f6f7f9;--a:#1f6fb2;
--b:#c2571a;--c:#2d7d46;--d:#8249a5;--e:#a3691a;--f:#4f5b66;--mark:#ffe9a8;--right:#2d7d46;--wrong:#b3261e}
@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e6e8ea;--soft:#a2a9b1;--line:#363b41;--card:#1f2226;
--a:#6cb2ee;--b:#f0945c;--c:#74c48c;--d:#c59be0;--e:#dcb06a;--f:#b4bdc6;--mark:#5a4a12;--right:#74c48c;--wrong:#f2837b}}
body{background:var(--bg);color:var(--fg);font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans","PingFang SC",
"PingFang TC","Microsoft YaHei","Microsoft JhengHei","Noto Sans CJK SC","Noto Sans CJK TC",sans-serif;max-width:1080px;
margin:0 auto;padding:24px 20px 64px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 8px}h3{font-size:15px;margin:0 0 4px}
p.note,.small{color:var(--soft);font-size:13px}.small{margin-left:6px}td .small{white-space:nowrap}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid var(--line);padding:5px 10px;text-align:left;vertical-align:top}
td:first-child{white-space:nowrap}
th{font-weight:600;font-size:13px;color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:24px}
@media(max-width:520px){.charts{grid-template-columns:minmax(0,1fr)}}
figure{margin:0;background:var(--card);border-radius:10px;padding:14px}figcaption{font-weight:600;margin-bottom:8px}
svg.chart{width:100%;height:auto;display:block}svg text{fill:var(--fg);font-size:12.5px}svg text.tick{fill:var(--soft)}
.grid{stroke:var(--line)}.bar,.cell{fill:var(--a)}.empty{fill:var(--line);fill-opacity:.35}
.whisker{stroke:var(--fg);stroke-width:1.4;fill:none}.line{fill:none;stroke-width:2.2}
.line.s0{stroke:var(--a)}.line.s1{stroke:var(--b)}.line.s2{stroke:var(--c)}.line.s3{stroke:var(--d)}
.line.s4{stroke:var(--e)}.line.s5{stroke:var(--f)}.line.s6{stroke:var(--fg)}
.line.s3,.line.s4,.line.s5{stroke-dasharray:6 3}
.key.s0{fill:var(--a)}.key.s1{fill:var(--b)}.key.s2{fill:var(--c)}.key.s3{fill:var(--d)}.key.s4{fill:var(--e)}
.key.s5{fill:var(--f)}.key.s6{fill:var(--fg)}
article{border:1px solid var(--line);border-radius:10px;padding:12px 16px;margin:12px 0}
article h3{font-size:16px}dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 14px;
margin:8px 0 0}
dt{color:var(--soft);font-size:13px}dd{margin:0;overflow-wrap:anywhere}blockquote{margin:4px 0;padding:2px 0 2px 10px;
border-left:3px solid var(--line)}blockquote.right{border-color:var(--right)}blockquote.wrong{border-color:var(--wrong)}
mark{background:var(--mark);color:inherit;border-radius:3px}.tag{font-size:12.5px;border:1px solid var(--line);
border-radius:99px;padding:1px 9px;margin-left:8px;color:var(--soft)}
select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:3px 8px}
pre{white-space:pre-wrap;font:inherit;margin:0}
@media(max-width:520px){dl{grid-template-columns:minmax(0,1fr)}}
"""

_SCRIPT = """
document.getElementById('only').addEventListener('change',function(e){
document.querySelectorAll('article').forEach(function(a){a.hidden=!!e.target.value&&a.dataset.loss!==e.target.value})})
"""


def html_report(report: Report) -> str:
    """The page as text."""
    title = f"{report.word('title')} · {report.run.name}"
    body = "\n".join(_body(report, title))
    return (
        f'<!doctype html>\n<html lang="{escape(report.language, quote=True)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _brief(name: str, value: str) -> str:
    """A fact as the head of the page shows it; the table at its end has all of it."""
    if name == "date":
        return value[:16].replace("T", " ")
    return value[:10] + "+" * value.endswith("+") if name == "commit" else value


def _body(report: Report, title: str) -> Iterator[str]:
    summary = report.run.summary
    yield f"<h1>{escape(title)}</h1>"
    about = [
        str(summary.questions) + " " + report.word("questions"),
        *(_brief(k, v) for k, v in facts(report) if k in _HEAD),
    ]
    yield f'<p class="note">{escape(" · ".join(about))}</p>'
    for table in (gate_table(report), change_table(report)):
        if table:
            yield _table(table)
    yield f'<p class="note">{escape(report.word("direction.note"))} {escape(report.word("interval"))}</p>'
    yield from map(_table, figure_tables(report))
    yield f'<h2>{escape(report.word("charts"))}</h2><div class="charts">'
    yield from _charts(report)
    yield "</div>"
    yield _table(latency_table(report))
    yield _table(loss_table(report))
    yield from _failures(report)
    missing = missing_table(report)
    if missing:
        yield _table(missing)
    yield from _about(report)


def _charts(report: Report) -> Iterator[str]:
    figures, names = report.run.summary.figures, groups(report)
    for metric in DRAWN:
        items = [
            Bar(direction_word(name, report.language), one.value, one.low, one.high, f"{one.value:.2f}  n={one.n}")
            for name in names
            if (one := figures[name].get(metric))
        ]
        if items:
            yield _figure(metric, charts.bars(metric, items), figure_note(metric, report.language))
    curves = recall_curves(report)
    if curves:
        across = Axis(report.word("k"), 0, max(KS), tuple((float(k), str(k)) for k in KS))
        series = [Series(direction_word(name, report.language), points) for name, points in curves.items()]
        title = report.word("recall_by_k")
        yield _figure(title, charts.lines(title, series, across, Axis.share(report.word("recall"))))
    yield from _risk(report)
    cells = heat(report)
    title = report.word("heat")
    yield _figure(title, charts.heat(title, cells.rows, cells.columns, cells.values, cells.notes))
    yield from _latency(report)


def _risk(report: Report) -> Iterator[str]:
    curve = report.run.summary.curve
    if curve.points:
        points = tuple((point.coverage, point.risk) for point in curve.points)
        title = report.word("risk_coverage")
        drawn = charts.lines(
            title,
            [Series(title, points)],
            Axis.share(report.word("coverage")),
            Axis.share(report.word("risk")),
        )
        yield _figure(title, drawn, report.word("risk_coverage.note", area=f"{curve.area:.3f}"))


def _latency(report: Report) -> Iterator[str]:
    found = report.run.summary.latency_ms
    longest = max((times["p95"] for times in found.values()), default=0.0)
    if longest > 0:
        axis = Axis("", 0, longest, tuple((longest * i / 4, f"{longest * i / 4:.0f}") for i in range(5)))
        items = [
            Bar(report.word(f"stage.{stage}"), times["p50"], times["p50"], times["p95"],
                f"{times['p50']:.0f} · p95 {times['p95']:.0f}")
            for stage, times in found.items() if stage in ("retrieve", "generate", "total")
        ]  # fmt: skip
        title = report.word("latency")
        yield _figure(title, charts.bars(title, items, axis), "p50 – p95")


def _failures(report: Report) -> Iterator[str]:
    lost = failures(report)
    yield f"<h2>{escape(report.word('failures'))} ({len(lost)})</h2>"
    if not lost:
        yield f"<p>{escape(report.word('failures.none'))}</p>"
        return
    options = "".join(
        f'<option value="{escape(name, quote=True)}">{escape(report.word(f"loss.{name}"))} ({count})</option>'
        for name, count in report.run.summary.losses.items()
    )
    label = escape(report.word("failures.filter"))
    yield f'<p><label>{label} <select id="only"><option value="">–</option>{options}</select></label></p>'
    for row in lost[:MOST_FAILURES]:
        yield "".join(_failure(report, failure_view(report, row)))
    if len(lost) > MOST_FAILURES:
        yield f"<p>{escape(report.word('failures.more', count=len(lost) - MOST_FAILURES))}</p>"
    yield f"<script>{_SCRIPT}</script>"


def _failure(report: Report, view: FailureView) -> Iterator[str]:
    yield f'<article data-loss="{escape(view.loss, quote=True)}"><h3>{escape(view.question)}</h3>'
    yield f'<span class="small">{escape(view.id)}</span><span class="tag">{escape(view.loss_word)}</span>'
    yield f'<span class="tag">{escape(view.direction)}</span>'
    yield f"<dl><dt>{escape(report.word('expected'))}</dt><dd>{escape(' / '.join(view.answers))}</dd>"
    for one in view.evidence:
        rank = report.word("rank.none") if one.rank is None else report.word("rank", rank=one.rank)
        yield f"<dt>{escape(report.word('evidence'))}</dt><dd><blockquote>{escape(one.text)}"
        yield f'<span class="small">{escape(one.source)} · {escape(rank)}</span></blockquote></dd>'
    confidence = f"{report.word('confidence')} {view.confidence:.2f}"
    yield f"<dt>{escape(report.word('got'))}</dt><dd><pre>{escape(view.got or view.error)}</pre>"
    yield f'<span class="small">{escape(confidence)}</span></dd>'
    for quote in view.quotes:
        marked = "".join(f"<mark>{escape(p.text)}</mark>" if p.marked else escape(p.text) for p in quote.pieces)
        yield f'<dt>[{quote.number}]</dt><dd><blockquote class="{"right" if quote.right else "wrong"}">{marked}'
        yield f'<span class="small">{escape(quote.source)}</span></blockquote></dd>'
    yield "</dl></article>"


def _about(report: Report) -> Iterator[str]:
    shown = {name for found in report.run.summary.figures.values() for name in found}
    notes = [
        (name, figure_note(name, report.language)) for names in SECTIONS.values() for name in names if name in shown
    ]
    yield _definitions(report.word("figures"), notes)
    yield _definitions(report.word("about"), facts(report))


def _definitions(title: str, items: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in items)
    return f"<h2>{escape(title)}</h2><dl>{rows}</dl>"


def _figure(title: str, drawn: str, note: str = "") -> str:
    below = f'<p class="note">{escape(note)}</p>' if note else ""
    return f"<figure><figcaption>{escape(title)}</figcaption>{drawn}{below}</figure>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.header)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<h2>{escape(table.title)}</h2>{note}<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(cell: Cell) -> str:
    text = f"<b>{escape(cell.text)}</b>" if cell.strong else escape(cell.text)
    return f"<td>{text}{f'<span class=small>{escape(cell.small)}</span>' if cell.small else ''}</td>"
