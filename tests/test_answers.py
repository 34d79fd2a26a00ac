"""An answer quotes the articles, each quote numbered, framed in the asker's language, or says that they are silent."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rag.answering.confidence import FEATURES as CONFIDENCE_FEATURES
from rag.answering.confidence import Logistic
from rag.answering.selection import MARGIN, Weights, choose
from rag.answering.sentences import FEATURES, Scored, score_sentences, sentences_of
from rag.assistant import Assistant
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.errors import EmptyQuestion
from rag.json_forms import answer_form
from rag.messages import say
from rag.types import Answer, Citation, Filters, Language, Timings

OpenIndex = Callable[..., Assistant]

# nothing in the library says anything about these
FAR = [
    ("Who won the chess championship in Reykjavik?", "en"),
    ("恐龙是什么时候灭绝的？", "zh-Hans"),
    ("怎樣種植番茄？", "zh-Hant"),
]
# question, its language, the source, words of the sentence that answers
CLEAR = [
    ("How much did the repair of the lighthouse at Corran Bay cost?", "en", "en/lighthouse.md", "2.4 million pounds"),
    ("When does the bakery on Mill Street open?", "en", "en/bakery.txt", "five in the morning"),
    ("东河镇图书馆新增了多少册图书？", "zh-Hans", "zh-Hans/library.md", "新增图书三万册"),
    ("馆长周敏说夜间阅览室开放到几点？", "zh-Hans", "zh-Hans/library.md", "晚上十一点"),
    ("青田國小的校車由什麼安排路線？", "zh-Hant", "zh-Hant/schoolbus.txt", "改由軟體安排路線"),
    ("渡輪一次充電可以往返幾趟？", "zh-Hant", "zh-Hant/ferry.md", "往返四趟"),
]


@pytest.fixture(scope="module")
def candid(library: Assistant) -> Assistant:
    """The library, never refusing."""
    return Assistant(library.store, library.encoder, replace(library.settings, refuse_below=0.0))


def check(answer: Answer, assistant: Assistant) -> None:
    """What holds of every answer."""
    assert 0 <= answer.confidence <= 1
    if answer.refused:
        assert answer.citations == ()
        assert answer.short_answer is None
        return
    assert [citation.number for citation in answer.citations] in ([1], [1, 2], [1, 2, 3])
    lines = answer.text
    for citation in answer.citations:
        check_citation(citation, answer, assistant)
        quoted = f"{citation.quote}{'」' if answer.language == 'zh-Hant' else '”'} [{citation.number}]"
        assert quoted in lines
        lines = lines.split(quoted, 1)[1]
    assert lines == ""
    assert len({citation.quote for citation in answer.citations}) == len(answer.citations)


def check_citation(citation: Citation, answer: Answer, assistant: Assistant) -> None:
    article = assistant.article(citation.article_id)
    assert article.text[citation.start : citation.end] == citation.quote != ""
    assert (article.source, article.title, article.language) == (citation.source, citation.title, citation.language)
    assert citation.passage_id in {hit.passage.id for hit in answer.evidence}
    assert citation.supported
    assert 0 <= citation.support <= 1
    ends = [citation.start, *(at for span in citation.matched for at in (span.start, span.end)), citation.end]
    assert ends == sorted(ends)
    assert all(span.start < span.end for span in citation.matched)


def matched(citation: Citation) -> list[str]:
    """The marked parts of a quote."""
    return [citation.quote[span.start - citation.start : span.end - citation.start] for span in citation.matched]


# --- quotes ---


def words_of(articles: Mapping[str, str]) -> list[str]:
    """Words of the articles: English ones, and Chinese clauses cut in short runs."""
    text = "\n".join(articles.values())
    return sorted(set(re.findall(r"[A-Za-z]+|[0-9.]+|[一-鿿]{1,4}", text)))


@pytest.fixture(scope="module")
def vocabulary(library_articles: Mapping[str, str]) -> list[str]:
    return [*words_of(library_articles), "who", "why", "how much", "多少", "哪裡", "为什么", "?", "？", "[1]", "“"]


@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from(["", " ", "\n"]))
@hypothesis_settings(max_examples=60, deadline=None)
def test_quotes_are_verbatim_slices_for_any_question(
    candid: Assistant, vocabulary: list[str], seed: int, length: int, glue: str
) -> None:
    question = glue.join(random.Random(seed).choices(vocabulary, k=length))
    if not any(char.isalnum() for char in question):
        question += "a"
    check(candid.ask(question), candid)


@given(st.text(max_size=40))
@example("ﷺ ½ ﬁsh 。。。")
@example("𠮷野 İstanbul")
@hypothesis_settings(max_examples=40, deadline=None)
def test_any_text_is_answered_or_has_no_words(candid: Assistant, question: str) -> None:
    try:
        check(candid.ask(question), candid)
    except EmptyQuestion:
        assert not re.search(r"[A-Za-z0-9一-鿿]", question)


@pytest.mark.parametrize(("question", "language", "source", "words"), CLEAR)
def test_clear_questions_are_answered_in_three_languages(
    library: Assistant, question: str, language: Language, source: str, words: str
) -> None:
    answer = library.ask(question)
    check(answer, library)
    assert not answer.refused
    assert answer.language == language
    assert answer.citations[0].source == source
    assert words in answer.citations[0].quote


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How many books did the Donghe library add?", "东河镇图书馆在关闭三年之后重新开放，新增图书三万册。"),
        ("灯塔的修理花了多少钱？", "The repair cost 2.4 million pounds and was paid by the guild of fishermen."),
        ("東河鎮圖書館新增了多少冊圖書？", "东河镇图书馆在关闭三年之后重新开放，新增图书三万册。"),
        ("渡轮一次充电可以往返几趟？", "船長林志明說，一次充電可以往返四趟。"),
    ],
)
def test_quotes_keep_their_language_and_script(candid: Assistant, question: str, quote: str) -> None:
    answer = candid.ask(question)
    assert answer.citations[0].quote == quote
    assert quote in answer.text


def test_a_quote_names_its_article_and_date(library: Assistant) -> None:
    citation = library.ask("How much did the repair of the lighthouse at Corran Bay cost?").citations[0]
    assert (citation.title, citation.date) == ("The light of Corran Bay", "2021-06-12")
    assert (citation.language, citation.page) == ("en", None)


def test_a_quote_of_an_article_without_a_date_has_none(library: Assistant) -> None:
    assert library.ask("When does the bakery on Mill Street open?").citations[0].date is None


def pdf(path: Path, pages: list[str]) -> None:
    """A PDF with one line on each page."""
    canvas = import_module("reportlab.pdfgen.canvas").Canvas(str(path))
    for line in pages:
        canvas.drawString(50, 780, line)
        canvas.showPage()
    canvas.save()


def test_a_quote_of_a_pdf_names_its_page(open_index: OpenIndex, tmp_path: Path) -> None:
    pages = [
        "The old bridge over the river Tarn was closed in spring.",
        "Masons from the valley rebuilt its three arches.",
        "The toll for a cart is nine pennies.",
    ]
    pdf(tmp_path / "bridge.pdf", pages)
    assistant = open_index({}, refuse_below=0.0)
    assistant.ingest(tmp_path / "bridge.pdf")
    for question, page in [("What is the toll for a cart?", 3), ("Who rebuilt the arches?", 2), ("谁关闭了 Tarn？", 1)]:
        answer = assistant.ask(question)
        check(answer, assistant)
        assert (answer.citations[0].quote, answer.citations[0].page) == (pages[page - 1], page)


def test_an_article_removed_between_search_and_answer_is_quoted_as_it_was_found(open_index: OpenIndex) -> None:
    assistant = open_index({"mill.txt": "The mill on the Orle grinds oats on Fridays.\n"}, refuse_below=0.0)
    evidence = assistant.evidence("When does the mill grind oats?")
    assistant.remove("mill.txt")
    answer = [event.answer for event in assistant.answer_steps(evidence)][-1]
    assert answer is not None
    assert [citation.quote for citation in answer.citations] == ["The mill on the Orle grinds oats on Fridays."]


# --- the choice of sentences ---


FIVE = (
    "The harbour master counts the herrings. A grey cat sleeps on the warm engine. Snow closed the northern pass in "
    "January. The choir sings on the stairs of the town hall. Lemons ripen behind the glass wall.\n"
)


def scored(assistant: Assistant, question: str) -> Scored:
    analysed = assistant.retriever.analyse(question)
    return score_sentences(
        analysed, assistant.evidence(question).hits, bundled_model(), bundled_encoder, assistant.names
    )


def weights(**choice: float) -> Weights:
    """Weights that choose by some features only."""
    even = Logistic(dict.fromkeys(CONFIDENCE_FEATURES, 0.0), 0.0)
    return Weights(dict.fromkeys(FEATURES, 0.0) | choice, even, even)


def test_at_most_three_sentences_are_chosen(open_index: OpenIndex) -> None:
    found = scored(open_index({"five.txt": FIVE}), "What happens in the town?")
    assert len(found.sentences) == 5
    assert choose(found, weights=weights()).rows == (0, 1, 2)


def test_a_sentence_far_below_the_best_is_left_out(open_index: OpenIndex) -> None:
    found = scored(open_index({"five.txt": FIVE}), "What happens in the town?")
    chosen = choose(found, weights=weights(length=1000.0))
    lengths = found.features[:, FEATURES.index("length")]
    assert chosen.rows[0] == int(np.argmax(lengths))
    assert all(chosen.scores[row] >= chosen.scores[chosen.rows[0]] - MARGIN for row in chosen.rows)
    assert len(chosen.rows) < 3


@pytest.mark.parametrize(
    "twin", ["The mill on the Orle grinds oats on Fridays.", "THE MILL on the Orle grinds oats on Fridays!"]
)
def test_near_duplicates_are_not_quoted_twice(open_index: OpenIndex, twin: str) -> None:
    assistant = open_index(
        {"a.txt": "The mill on the Orle grinds oats on Fridays.\n", "b.txt": f"{twin}\n"}, refuse_below=0.0
    )
    answer = assistant.ask("When does the mill on the Orle grind oats?")
    assert len(answer.evidence) == 2
    assert len(answer.citations) == 1


def test_a_sentence_in_two_overlapping_hits_is_looked_at_once(library: Assistant) -> None:
    hit = library.search("lighthouse")[0]
    text = hit.passage.text
    shorter = replace(hit, passage=replace(hit.passage, end=hit.passage.start + text.index("Visitors"), text=text))
    assert sentences_of([hit, shorter]) == sentences_of([hit])


def test_sentences_are_slices_of_their_article(library: Assistant) -> None:
    for sentence in sentences_of(library.search("lighthouse library ferry 图书馆", k=20)):
        article = library.article(sentence.hit.passage.article_id)
        assert article.text[sentence.span.start : sentence.span.end] == sentence.text


def test_the_features_of_no_sentences_are_an_empty_table(library: Assistant) -> None:
    found = score_sentences(library.retriever.analyse("Who?"), (), bundled_model(), bundled_encoder, library.names)
    assert found.features.shape == (0, len(FEATURES))


# --- the words around the quotes ---


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who keeps the bees?", "The articles say:\n“養蜂人住在山上。” [1]"),
        ("养蜂人住在哪儿？", "文章原文：\n“養蜂人住在山上。” [1]"),
        ("養蜂人住在哪裡？", "文章原文：\n「養蜂人住在山上。」 [1]"),
    ],
)
def test_the_frame_is_in_the_askers_language_and_script(open_index: OpenIndex, question: str, text: str) -> None:
    assistant = open_index({"bees.txt": "養蜂人住在山上。\n"}, refuse_below=0.0)
    assert assistant.ask(question).text == text


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("What did 月之暗面 rent?", "en"),
        ("How many books does 东河镇图书馆 have?", "en"),
        ("Moonshot AI 在 Lisbon 租了什么？", "zh-Hans"),
        ("在 Lisbon，Moonshot AI 租了什麼？", "zh-Hant"),
        ("“東河鎮”的图书馆什么时候开门？", "zh-Hans"),
    ],
)
@pytest.mark.parametrize("refuse_below", [0.0, 1.0])
def test_the_answer_is_in_the_language_of_the_grammar_of_a_mixed_question(
    library: Assistant, question: str, language: Language, refuse_below: float
) -> None:
    assistant = Assistant(library.store, library.encoder, replace(library.settings, refuse_below=refuse_below))
    answer = assistant.ask(question)
    assert answer.language == language
    assert say("answer.refused" if answer.refused else "answer.lead", language) in answer.text
    assert answer.refused == bool(refuse_below)


# --- the marks inside quotes ---


def test_the_words_that_match_the_question_are_marked(library: Assistant) -> None:
    citation = library.ask("When does the bakery on Mill Street open?").citations[0]
    assert matched(citation) == ["bakery", "Mill", "Street", "opens"]


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Moonshot AI has rented a mill.", "月之暗面租了什么？", "Moonshot AI"),
        ("月之暗面租下一座磨坊。", "What did Moonshot AI rent?", "月之暗面"),
        ("騰訊租下一座磨坊。", "腾讯租下了什么？", "騰訊"),
        ("图书馆在河边。", "Where is the library?", "图书馆"),
        ("The library stands by the river.", "图书馆在哪里？", "library"),
        ("印表機放在樓梯下面。", "打印机放在哪里？", "印表機"),
    ],
)
def test_marks_reach_across_languages_and_scripts(open_index: OpenIndex, text: str, question: str, marked: str) -> None:
    citation = open_index({"a.txt": f"{text}\n"}, refuse_below=0.0).ask(question).citations[0]
    assert citation.quote == text
    assert any(marked in mark for mark in matched(citation))


def test_small_words_and_other_words_are_not_marked(open_index: OpenIndex) -> None:
    assistant = open_index({"a.txt": "The heron is at the pond in the evening.\n"}, refuse_below=0.0)
    assert matched(assistant.ask("What is the heron in the poem?").citations[0]) == ["heron"]


# --- refusals ---


@pytest.mark.parametrize(("question", "language"), FAR)
def test_a_question_far_from_the_articles_is_refused_in_its_language(
    library: Assistant, question: str, language: Language
) -> None:
    answer = library.ask(question)
    assert (answer.refused, answer.language) == (True, language)
    assert answer.text == say("answer.refused", language)
    assert (answer.citations, answer.short_answer) == ((), None)
    assert answer.evidence == library.evidence(question).hits != ()


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Where is the mill?", "There are no articles to answer from. Add some with: rag ingest FOLDER"),
        ("磨坊在哪儿？", "还没有可供回答的文章。请先添加：rag ingest 文件夹"),
        ("磨坊在哪裡？", "還沒有可供回答的文章。請先加入：rag ingest 資料夾"),
    ],
)
def test_without_articles_the_answer_says_so(open_index: OpenIndex, question: str, text: str) -> None:
    answer = open_index({}, refuse_below=0.0).ask(question)
    assert (answer.text, answer.refused, answer.confidence) == (text, True, 0.0)
    assert (answer.evidence, answer.citations) == ((), ())


def test_filters_that_leave_no_article_give_a_refusal(library: Assistant) -> None:
    answer = library.ask("How much did the repair of the lighthouse cost?", filters=Filters(since="2099"))
    assert (answer.refused, answer.evidence) == (True, ())


def test_filters_decide_what_may_be_quoted(candid: Assistant) -> None:
    answer = candid.ask("What did Moonshot AI rent?", filters=Filters(languages=("zh-Hans",)))
    assert {citation.language for citation in answer.citations} == {"zh-Hans"}


@pytest.mark.parametrize("question", ["", "  \n", "?!…", "。？"])
def test_a_question_without_words_raises_before_any_answer(library: Assistant, question: str) -> None:
    with pytest.raises(EmptyQuestion):
        library.ask(question)


# --- the question, the stream, the clock ---


def test_the_question_is_kept_as_asked(library: Assistant) -> None:
    asked = "  When does the bakery\n on Mill  Street open?\t"
    answer = library.ask(asked)
    assert answer.question == asked
    assert not answer.refused


def test_white_space_does_not_change_the_answer(library: Assistant) -> None:
    spaced = library.ask("  When does the bakery\n on Mill  Street open?\t")
    assert same(spaced) == replace(same(library.ask(CLEAR[1][0])), question=spaced.question)


def test_earlier_turns_do_not_change_the_answer(library: Assistant) -> None:
    question = CLEAR[0][0]
    assert same(library.ask(question, history=[("Who?", "Nobody.")])) == same(library.ask(question))


@pytest.mark.parametrize("question", [CLEAR[0][0], CLEAR[2][0], CLEAR[4][0], FAR[0][0], FAR[1][0]])
def test_a_stream_gives_the_evidence_then_the_text_then_the_answer(library: Assistant, question: str) -> None:
    first, *middle, last = list(library.stream(question))
    assert (first.kind, last.kind) == ("evidence", "answer")
    assert {event.kind for event in middle} == {"text"}
    assert first.evidence is not None
    assert last.answer is not None
    assert first.evidence.hits == last.answer.evidence
    assert "".join(event.text for event in middle) == last.answer.text
    assert all(event.text for event in middle)
    assert same(last.answer) == same(library.ask(question))


def test_a_quote_is_streamed_with_its_own_number(candid: Assistant) -> None:
    events = list(candid.stream("How much did the repair of the lighthouse at Corran Bay cost?"))
    numbered = [event.text for event in events if re.search(r"\[\d\]", event.text)]
    answer = events[-1].answer
    assert answer is not None
    assert [text.rstrip("\n") for text in numbered] == [f"“{c.quote}” [{c.number}]" for c in answer.citations]


@pytest.mark.parametrize("question", [CLEAR[0][0], FAR[2][0]])
def test_the_parts_of_the_time_make_up_the_whole(library: Assistant, question: str) -> None:
    timings = library.ask(question).timings_ms
    assert timings.retrieve >= 0
    assert timings.generate >= 0
    assert timings.total == pytest.approx(timings.retrieve + timings.generate)


def same(answer: Answer) -> Answer:
    """The answer without how long it took."""
    return replace(answer, timings_ms=Timings())


def test_threads_that_ask_at_once_get_their_own_answers(library: Assistant) -> None:
    questions = [CLEAR[0][0], CLEAR[2][0], FAR[0][0], CLEAR[4][0]]
    alone = [same(library.ask(question)) for question in questions]
    fresh = Assistant(library.store, library.encoder, library.settings)
    together = Barrier(len(questions), timeout=30)

    def ask(question: str) -> list[Answer]:
        together.wait()
        return [same(fresh.ask(question)) for _ in range(3)]

    with ThreadPoolExecutor(len(questions)) as pool:
        answers = list(pool.map(ask, questions))
    assert answers == [[answer] * 3 for answer in alone]


# --- the JSON form ---


def test_the_json_form_of_an_answer_holds_what_the_answer_holds(library: Assistant) -> None:
    answer = library.ask(CLEAR[0][0])
    form = json.loads(json.dumps(answer_form(answer, "q7"), ensure_ascii=False))
    assert list(form) == [
        *("id", "question", "language", "answer", "short_answer", "refused", "confidence", "citations", "evidence"),
        *("generator", "timings_ms"),
        *("sentences", "thinking", "searched_for", "notices", "unknown_citations"),
    ]
    assert (form["id"], form["question"], form["language"]) == ("q7", answer.question, "en")
    assert (form["answer"], form["short_answer"]) == (answer.text, "2.4 million pounds")
    assert (form["refused"], form["generator"]) == (False, "extractive")
    assert form["confidence"] == pytest.approx(answer.confidence, abs=5e-5)
    assert set(form["timings_ms"]) == {"retrieve", "generate", "total"}
    assert [hit["rank"] for hit in form["evidence"]] == list(range(1, len(answer.evidence) + 1))


def test_the_json_form_of_a_citation_can_be_checked_against_its_article(library: Assistant) -> None:
    answer = library.ask(CLEAR[2][0])
    (citation, *_) = json.loads(json.dumps(answer_form(answer)))["citations"]
    article = library.article(citation["article_id"])
    assert article.text[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["passage_id"].startswith(f"{citation['article_id']}:")
    assert (citation["number"], citation["source"], citation["title"]) == (1, "zh-Hans/library.md", article.title)
    assert (citation["language"], citation["page"], citation["date"]) == ("zh-Hans", None, "2022-09-01")
    assert (citation["supported"], citation["support"]) == (True, round(answer.citations[0].support, 4))
    assert [article.text[start:end] for start, end in citation["matched"]] == matched(answer.citations[0]) != []


def test_the_json_form_of_a_refusal_has_no_citations_and_an_id_only_where_given(library: Assistant) -> None:
    form = answer_form(library.ask(FAR[1][0]))
    assert "id" not in form
    assert (form["refused"], form["citations"], form["short_answer"]) == (True, [], None)
    assert form["answer"] == "文章中没有这个问题的答案。下面列出最接近的段落。"
    assert form["evidence"]


@pytest.mark.parametrize("question", ["a", "的", "What is it?", "是什么？", "那是誰？"])
def test_a_question_whose_words_carry_no_meaning_is_refused(library: Assistant, question: str) -> None:
    answer = library.ask(question)
    assert answer.refused
    assert answer.confidence == 0
