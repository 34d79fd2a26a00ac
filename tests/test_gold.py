"""Gold pairs are read whole, their evidence is found in any script, and relevance follows the words, not the chunks."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import BadRequest
from rag.evaluation.gold import gold_form, read_gold
from rag.evaluation.locating import Locator, find_words, locate_all
from rag.evaluation.qrels import derive_qrels, holding, passages_of
from rag.evaluation.squad import cross_language, read_squad, write_articles
from rag.evaluation.types import GoldEvidence, GoldPair, GoldSet, Located, Place
from rag.types import Article, ArticleInfo, Passage

TEXT = "The mill closed in spring. It had forty looms! 那座磨坊在春天關門，機器賣給了鄰鎮。 It had forty looms!"


def pair(**values: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "id": "q1",
        "question": "When did the mill close?",
        "question_lang": "en",
        "type": "date",
        "answers": ["spring"],
        "evidence": [{"doc": "en/mill.md", "quote": "The mill closed in spring."}],
    }
    return plain | values


def written(folder: Path, *rows: object, name: str = "gold.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def locator(texts: Mapping[str, str]) -> Locator:
    infos = [
        ArticleInfo(f"id-{source}", source, source, "en", None, None, 1, len(text)) for source, text in texts.items()
    ]
    articles = {info.id: Article(info.id, info.source, info.title, "en", texts[info.source]) for info in infos}
    return Locator(infos, articles.__getitem__)


def located(quote: str, text: str = TEXT, **values: object) -> list[tuple[str, str]]:
    """Each place's words and how they were found."""
    evidence = GoldEvidence("mill.md", quote, **values)  # type: ignore[arg-type]
    found = locator({"mill.md": text}).locate(GoldPair("q", "?", "en", "date", ("a",), (evidence,)))
    return [(text[place.start : place.end], place.found) for place in found.places]


# reading


def test_a_pair_is_read_with_all_its_fields(tmp_path: Path) -> None:
    row = pair(
        evidence=[{"doc": "a.md", "quote": "x y", "part": "2", "start": 3}, {"doc": "b.md", "quote": "z"}],
        about=["c.md"],
    )
    (found,) = read_gold([written(tmp_path, row)]).pairs
    assert found == GoldPair(
        "q1", "When did the mill close?", "en", "date", ("spring",),
        (GoldEvidence("a.md", "x y", "2", 3), GoldEvidence("b.md", "z")), ("c.md",), "gold.jsonl:1",
    )  # fmt: skip


def test_a_pair_that_is_written_is_read_again_as_it_was(tmp_path: Path) -> None:
    row = pair(evidence=[{"doc": "a.md", "quote": "x y", "part": "2", "start": 3}], about=["c.md"])
    assert gold_form(read_gold([written(tmp_path, row)]).pairs[0]) == row
    assert gold_form(read_gold([written(tmp_path, pair())]).pairs[0]) == pair()


def test_the_language_of_a_question_without_one_is_told_by_its_words(tmp_path: Path) -> None:
    rows = [pair(id="a", question="磨坊幾時關門？"), pair(id="b", question="磨坊几时关门？"), pair(id="c")]
    for row in rows:
        del row["question_lang"]
    assert [one.language for one in read_gold([written(tmp_path, *rows)]).pairs] == ["zh-Hant", "zh-Hans", "en"]


@pytest.mark.parametrize(
    ("row", "key", "field"),
    [
        ([1], "reason.bad_json_line", None),
        (pair(question=" "), "reason.bad_json_field", "question"),
        (pair(evidence=[]), "reason.bad_json_field", "evidence"),
        (pair(type="unanswerable"), "reason.bad_json_field", "evidence"),
        (pair(evidence=[{"doc": "a.md"}]), "reason.bad_json_field", "evidence"),
        (pair(evidence="a.md"), "reason.bad_json_field", "evidence"),
        (pair(answers=[None]), "reason.bad_json_field", "answers"),
        (pair(type=3), "reason.bad_json_field", "type"),
    ],
)
def test_a_line_that_is_no_pair_is_listed_and_costs_only_itself(
    tmp_path: Path, row: object, key: str, field: str | None
) -> None:
    found = read_gold([written(tmp_path, pair(), row, pair(id="q2"))])
    assert [one.id for one in found.pairs] == ["q1", "q2"]
    (bad,) = found.bad
    assert (bad.where, bad.key, bad.values.get("field")) == ("gold.jsonl:2", key, field)


def test_an_id_that_repeats_is_listed_also_across_files(tmp_path: Path) -> None:
    first, second = written(tmp_path, pair(), name="a.jsonl"), written(tmp_path, pair(answers=["May"]), name="b.jsonl")
    found = read_gold([first, second])
    assert [one.answers for one in found.pairs] == [("spring",)]
    assert [(bad.where, bad.key) for bad in found.bad] == [("b.jsonl:1", "reason.repeated_id")]


def test_drafts_wait_for_a_person(tmp_path: Path) -> None:
    rows = [pair(accepted=False), pair(id="q2", accepted=True), pair(id="q3")]
    found = read_gold([written(tmp_path, *rows)])
    assert ([one.id for one in found.pairs], found.drafts, found.bad) == (["q2", "q3"], 1, ())


def test_a_folder_gives_its_gold_and_leaves_its_articles(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep", pair(), name="gold.jsonl")
    written(tmp_path, {"id": "a", "text": "An article."}, name="articles.jsonl")
    (tmp_path / "note.md").write_text("A note.", encoding="utf-8")
    with gzip.open(tmp_path / "more.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(pair(id="q2")))
    found = read_gold([tmp_path])
    assert (sorted(one.id for one in found.pairs), found.bad) == (["q1", "q2"], ())


@pytest.mark.parametrize("content", [b"", b"\n\n", b'{"id": "a", "text": "An article."}', b"\x00\x01"])
def test_a_file_without_gold_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadRequest):
        read_gold([path])


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"question": "x"}' * 99)[:20])
    for name in ("cut.jsonl.gz", "absent.jsonl"):
        with pytest.raises(BadRequest):
            read_gold([tmp_path / name])


# locating


def test_exact_words_are_found_where_they_stand() -> None:
    assert located("The mill closed in spring.") == [("The mill closed in spring.", "exact")]


def test_words_in_another_script_or_width_are_found_in_the_words_of_the_article() -> None:
    assert located("那座磨坊在春天关门,机器卖给了邻镇。") == [("那座磨坊在春天關門，機器賣給了鄰鎮。", "folded")]
    assert located("ＴＨＥ  ＭＩＬＬ\nclosed in spring") == [("The mill closed in spring", "folded")]


def test_regional_words_of_another_length_map_back_to_whole_words() -> None:
    text = "她用隨身碟存檔，並上傳到網際網路的伺服器。"
    assert located("上传到互联网的服务器", text) == [("上傳到網際網路的伺服器", "folded")]


def test_other_quotation_marks_do_not_hide_a_sentence() -> None:
    assert located("He said: 'The looms are silent now'.", "“He said: “The looms are silent now”.") == [
        ("He said: “The looms are silent now", "folded")
    ]


def test_words_that_repeat_are_evidence_everywhere_unless_the_gold_says_where() -> None:
    assert len(located("It had forty looms!")) == 2
    evidence = GoldEvidence("mill.md", "It had forty looms!", start=len(TEXT) - 20)
    found = locator({"mill.md": TEXT}).locate(GoldPair("q", "?", "en", "date", ("a",), (evidence,)))
    assert [place.start for place in found.places] == [TEXT.rindex("It had")]


def test_offsets_stand_for_words_that_are_not_given() -> None:
    assert located("", start=4, end=8) == [("mill", "offsets")]
    assert located("", start=4, end=len(TEXT) + 1) == []


def test_what_is_not_found_is_listed_with_the_reason() -> None:
    evidence = (
        GoldEvidence("mill.md", "The mill opened."),
        GoldEvidence("absent.md", "x"),
        GoldEvidence("mill.md", "It"),
    )
    found = locator({"mill.md": TEXT}).locate(GoldPair("q", "?", "en", "date", ("a",), evidence))
    assert [(one.doc, one.quote, one.reason) for one in found.missing] == [
        ("mill.md", "The mill opened.", "quote"),
        ("absent.md", "x", "article"),
    ]
    assert found.usable


def test_a_pair_is_usable_only_if_each_part_of_its_evidence_is_found() -> None:
    both = (GoldEvidence("mill.md", "The mill", "1"), GoldEvidence("mill.md", "The moon", "2"))
    find = locator({"mill.md": TEXT}).locate
    assert not find(GoldPair("q", "?", "en", "date", ("a",), both)).usable
    assert find(GoldPair("q", "?", "en", "date", ("a",), both[:1])).usable
    assert find(GoldPair("q", "?", "en", "unanswerable")).usable


def test_an_article_is_found_by_the_end_of_its_path_where_that_is_clear() -> None:
    def sources(doc: str, *held: str) -> list[str]:
        evidence = (GoldEvidence(doc, "mill"),)
        found = locator(dict.fromkeys(held, TEXT)).locate(GoldPair("q", "?", "en", "date", ("a",), evidence))
        return [place.source for place in found.places]

    assert sources("en/mill.md", "mill.md", "other.md") == ["mill.md"]
    assert sources("mill.md", "corpus/en/mill.md") == ["corpus/en/mill.md"]
    assert sources("mill.md", "a/mill.md", "b/mill.md") == []
    assert sources("ill.md", "mill.md") == []
    assert sources("id-b.md", "a.md", "b.md") == ["b.md"]


@given(st.text(max_size=60), st.integers(0, 60), st.integers(1, 60))
def test_any_piece_of_a_text_is_found_in_it(text: str, at: int, length: int) -> None:
    piece = text[at : at + length].strip()
    spans, found = find_words(text, piece)
    if piece:
        assert found == "exact"
        assert {text[a:b] for a, b in spans} == {piece}
    else:
        assert spans == []


# relevance


def passage(start: int, text: str) -> Passage:
    return Passage("a", start, start + len(text), text, "en")


def place(start: int, end: int) -> Place:
    return Place("a", "a.md", "en", start, end, "", "exact")


def test_a_passage_is_relevant_by_its_share_of_the_evidence() -> None:
    first, second, third = passage(0, "abcdefghij"), passage(10, "klmnopqrst"), passage(20, "uvwxyzabcd")
    held = [first, second, third]
    assert holding(place(2, 8), held) == (first,)
    # half in each
    assert holding(place(5, 15), held) == (first, second)
    # nine letters in the first, one in the second
    assert holding(place(1, 11), held) == (first,)
    # a fifth of the evidence each would be too little, but all of the passage is evidence
    assert holding(place(0, 30), held) == (first, second, third)
    assert holding(place(40, 50), held) == ()


def test_spaces_and_punctuation_are_no_overlap() -> None:
    first, second = passage(0, "Hello there. "), passage(13, "Good night.")
    assert holding(place(11, 23), [first, second]) == (second,)


def test_gold_outlives_another_chunking(tmp_path: Path) -> None:
    sentence = "Ferry number {} leaves the harbour of Tolm at dawn and carries the mail of the islands."
    text = "\n\n".join(sentence.format(number) for number in range(3, 30))
    quote = sentence.format(17)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "ferry.txt").write_text(text, encoding="utf-8")
    gold = GoldPair("q", "Which ferry?", "en", "number", ("17",), (GoldEvidence("ferry.txt", quote),))
    ids = []
    for pieces in (20, 160):
        assistant = Assistant.open(tmp_path / str(pieces), Settings(passage_pieces=pieces))
        assistant.ingest(tmp_path / "articles")
        relevant = derive_qrels(assistant, locate_all(assistant, [gold])).relevant["q"]
        (article,) = relevant.articles
        texts = {one.id: one.text for one in passages_of(assistant, [article])[article]}
        assert all("Ferry number 17" in texts[key] or quote[-30:] in texts[key] for key in relevant.passages)
        assert relevant.passages
        assert relevant.parts == (frozenset(relevant.passages),)
        ids.append(set(relevant.passages))
    assert ids[0].isdisjoint(ids[1])


def test_all_passages_of_an_article_are_listed_in_order(library: Assistant) -> None:
    for info in library.articles():
        found = passages_of(library, [info.id])[info.id]
        assert len(found) == info.passages
        assert [one.start for one in found] == sorted(one.start for one in found)
        text = library.article(info.id).text
        assert all(text[one.start : one.end] == one.text for one in found)


def test_parts_keep_alternatives_together_and_articles_apart(library: Assistant) -> None:
    evidence = (
        GoldEvidence("en/office.md", "Twenty people will work there", "1"),
        GoldEvidence("zh-Hans/warehouse.md", "倉庫的租約為期九年", "2"),
        GoldEvidence("zh-Hans/warehouse.md", "月之暗面在海边小城租下一座旧仓库", "1"),
    )
    gold = GoldPair("q", "?", "en", "comparison", ("a",), evidence)
    refused = GoldPair("r", "?", "en", "unanswerable")
    qrels = derive_qrels(library, locate_all(library, [gold, refused]))
    assert set(qrels.relevant) == {"q"}
    relevant = qrels.relevant["q"]
    assert len(relevant.parts) == 2
    assert len(relevant.articles) == 2
    assert {relevant.languages[article] for article in relevant.articles} == {"en", "zh-Hans"}
    assert set().union(*relevant.parts) == set(relevant.passages)


def test_evidence_that_no_passage_holds_is_listed(library: Assistant) -> None:
    info = library.articles()[0]
    nowhere = Place(info.id, info.source, info.language, 10**6, 10**6 + 5, "", "offsets")
    gold = GoldPair("q", "?", "en", "number", ("a",), (GoldEvidence(info.source, "words"),))
    (missing,) = derive_qrels(library, [Located(gold, (nowhere,))]).missing
    assert (missing.pair_id, missing.doc, missing.quote, missing.reason) == ("q", info.source, "words", "passage")


# SQuAD format

SQUAD = {
    "version": "x",
    "data": [
        {
            "title": "Tolm",
            "paragraphs": [
                {
                    "context": "Tolm is an island. Its harbour has six cranes.",
                    "qas": [
                        {"id": "a", "question": "What is Tolm?", "answers": [{"text": "an island", "answer_start": 8}]},
                        {
                            "id": "b", "question": "How many ships?", "answers": [], "is_impossible": True,
                            "plausible_answers": [{"text": "six", "answer_start": 35}],
                        },
                    ],
                },
                {
                    "context": "The mayor of Tolm is Ines Roe. The harbour is old.",
                    "qas": [
                        {
                            "id": "c", "question": "Who is the mayor?",
                            "answers": [{"text": "Ines Roe", "answer_start": 21}, {"text": "Roe", "answer_start": 26}],
                        },
                        {"id": "d", "question": "Why?", "answers": [{"text": "nobody", "answer_start": 3}]},
                    ],
                },
            ],
        }
    ],
}  # fmt: skip


def test_a_squad_file_gives_articles_and_gold_whose_words_stand_at_their_offsets(tmp_path: Path) -> None:
    found = read_squad([written(tmp_path, SQUAD, name="dev.json")])
    (article,) = found.articles
    assert (article.id, article.title, article.language) == ("Tolm", "Tolm", "en")
    assert [(one.id, one.type, one.answers) for one in found.gold.pairs] == [
        ("a", "span", ("an island",)),
        ("b", "unanswerable", ()),
        ("c", "span", ("Ines Roe", "Roe")),
    ]
    quotes = [[evidence.quote for evidence in one.evidence] for one in found.gold.pairs]
    assert quotes == [["Tolm is an island."], [], ["The mayor of Tolm is Ines Roe."]]
    for one in found.gold.pairs:
        for evidence in one.evidence:
            assert evidence.start is not None
            assert article.text[evidence.start :].startswith(evidence.quote)
    assert [bad.values["field"] for bad in found.gold.bad] == ["answers"]


def test_flattened_squad_lines_give_the_same_as_the_nested_form(tmp_path: Path) -> None:
    rows = [
        {
            "id": asked["id"], "question": asked["question"], "context": paragraph["context"], "title": "Tolm",
            "answers": [{"text": one["text"], "start": one["answer_start"]} for one in asked["answers"]],
            "is_impossible": asked.get("is_impossible", False),
        }
        for paragraph in SQUAD["data"][0]["paragraphs"]  # type: ignore[index]
        for asked in paragraph["qas"]
    ]  # fmt: skip
    flat = read_squad([written(tmp_path, *rows, name="dev.jsonl")])
    nested = read_squad([written(tmp_path, SQUAD, name="dev.json")])

    def without_place(gold: GoldSet) -> list[tuple[object, ...]]:
        return [(one.id, one.question, one.type, one.answers, one.evidence) for one in gold.pairs]

    assert flat.articles == nested.articles
    assert without_place(flat.gold) == without_place(nested.gold)


def test_written_squad_articles_are_ingested_and_every_piece_of_evidence_is_found(tmp_path: Path) -> None:
    squad = read_squad([written(tmp_path, SQUAD, name="dev.json")])
    assistant = Assistant.open(tmp_path / "index", Settings())
    assistant.ingest(write_articles(squad, tmp_path))
    found = locate_all(assistant, squad.gold.pairs)
    assert [one.usable for one in found] == [True, True, True]
    assert derive_qrels(assistant, found).missing == ()


def test_questions_of_one_language_are_asked_about_articles_of_the_other(tmp_path: Path) -> None:
    def lines(name: str, question: str, context: str, answer: str) -> Path:
        row = {"question": question, "context": context, "title": "T", "answers": [{"text": answer, "start": -1}]}
        return written(tmp_path, row | {"id": "1"}, row | {"id": name}, name=f"{name}.jsonl")

    english = read_squad([lines("en", "Where is it?", "The lamp is in Tolm.", "Tolm")])
    chinese = read_squad([lines("zh", "它在哪里？", "灯在托姆岛。", "托姆岛")])
    found = cross_language(chinese, english)
    assert found.articles == english.articles
    (one,) = found.gold.pairs
    assert (one.id, one.question, one.language, one.answers) == ("1", "它在哪里？", "zh-Hans", ("Tolm", "托姆岛"))
    assert [evidence.quote for evidence in one.evidence] == ["The lamp is in Tolm."]


@pytest.mark.parametrize("content", ["", "[]", '{"data": 3}', '{"data": [{"paragraphs": [{}]}]}', '{"context": "x"}'])
def test_what_is_not_in_the_format_of_squad_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "dev.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadRequest):
        read_squad([path])
