from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rag
from rag.text import jieba_dictionary
from rag.text.words import is_function_word, lexical_words, word_spans

MIXED = st.text(
    st.one_of(
        st.sampled_from(
            "阿里巴巴通义千問開源大語言模型軟體網際網路的是嗎，。、〇々Qwen3-235B.gpt's ’1,206%/+#_＆ＡΩéß"
        ),
        st.characters(exclude_categories=["Cs"]),
    )
)


def run_python(code: str, cache: Path) -> str:
    """Run code in a fresh interpreter that keeps its cache in `cache`; returns what it printed."""
    home = str(Path(rag.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": home, "RAG_CACHE_DIR": str(cache), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Qwen3-235B", ("qwen3-235b", "qwen3", "qwen", "235b")),
        ("gpt-oss", ("gpt-oss", "gpt", "oss")),
        ("R1", ("r1",)),
        ("QwQ-32B", ("qwq-32b", "qwq", "32b")),
        ("GPT-4o", ("gpt-4o", "gpt", "4o")),
        ("Qwen2.5-72B", ("qwen2.5-72b", "qwen2.5", "qwen", "72b")),
        ("Qwen3’s", ("qwen3", "qwen")),
        ("C++ and U-Net", ("c++", "and", "u-net", "net")),
    ],
)
def test_model_names_are_kept_whole_and_in_parts(text: str, words: tuple[str, ...]) -> None:
    assert lexical_words(text) == words


@pytest.mark.parametrize(
    ("text", "words"), [("3.5", ("3.5",)), ("1,206", ("1206",)), ("56%", ("56",)), ("１２", ("12",))]
)
def test_numbers_are_one_word_without_grouping_or_sign(text: str, words: tuple[str, ...]) -> None:
    assert lexical_words(text) == words


def test_dotted_initials_meet_the_undotted_form() -> None:
    assert lexical_words("U.S. A.I.") == lexical_words("US AI") == ("us", "ai")


def test_english_words_are_lower_cased_and_stemmed() -> None:
    assert lexical_words("Models running; a company’s OPEN-source") == (
        "model", "run", "a", "compani", "open-source", "open", "sourc",
    )  # fmt: skip


def test_repeats_are_kept_in_text_order() -> None:
    assert lexical_words("chips, models, chips") == ("chip", "model", "chip")


def test_a_long_chinese_word_is_followed_by_the_words_inside_it() -> None:
    assert lexical_words("中国科学院") == ("中国科学院", "中国", "科学", "科学院", "学院")


@pytest.mark.parametrize(
    "name", ["月之暗面", "通义千问", "百川智能", "零一万物", "摩尔线程", "天数智芯", "具身智能", "六小龙"]
)
def test_names_of_the_domain_stay_whole(name: str) -> None:
    assert name in lexical_words(f"昨天{name}发布了新的产品")


def test_characters_the_dictionary_does_not_join_are_joined_by_the_model_of_unknown_words() -> None:
    assert "杭研" in lexical_words("他来到了网易杭研大厦")


def test_both_scripts_and_both_vocabularies_give_the_same_words() -> None:
    assert lexical_words("網際網路上的軟體開源了") == lexical_words("互联网上的软件开源了")


def test_punctuation_gives_no_words() -> None:
    assert lexical_words("，。！？…—— -- . ' “” %") == ()


def test_chinese_and_latin_meet_without_a_space() -> None:
    assert lexical_words("採用Qwen3模型") == ("采用", "qwen3", "qwen", "模型")


def test_other_scripts_are_cut_at_their_spaces() -> None:
    assert lexical_words("한국어 모델") == ("한국어", "모델")


def test_spans_point_at_the_original_script() -> None:
    text = "他說：軟體開源，Models！"
    found = [(word.text, text[word.start : word.end]) for word in word_spans(text)]
    assert found == [("他", "他"), ("说", "說"), ("软件", "軟體"), ("开源", "開源"), ("model", "Models")]


@settings(deadline=None)
@given(MIXED)
def test_spans_hold_the_same_words_and_lie_inside_the_text(text: str) -> None:
    spans = word_spans(text)
    assert tuple(word.text for word in spans) == lexical_words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in spans)
    assert all(word.text for word in spans)


@settings(deadline=None)
@given(st.text(st.sampled_from("北京大学生前来应聘的是了模型大通义千问一二三零〇々龘𠀀"), max_size=40))
def test_segments_joined_are_the_run(run: str) -> None:
    assert "".join(jieba_dictionary.segment(run)) == run


@pytest.mark.parametrize(
    "word",
    ["the", "of", "what", "how", "many", "did", "doe", "的", "了", "是", "什么", "多少", "哪些", "请问", "吗"],
)
def test_grammar_and_question_words_are_function_words(word: str) -> None:
    assert is_function_word(word)


@pytest.mark.parametrize("word", ["us", "model", "compani", "qwen", "模型", "公司", "开源", "3.5"])
def test_words_with_content_are_no_function_words(word: str) -> None:
    assert not is_function_word(word)


def test_english_text_does_not_load_jieba(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom rag.text.words import word_spans\n"
        "word_spans('Open models, 3.5 times')\nprint('jieba' in sys.modules)"
    )
    assert run_python(code, tmp_path).strip() == "False"
    assert list(tmp_path.iterdir()) == []


CUT = "from rag.text.words import lexical_words\nprint(' '.join(lexical_words('天气很好，大模型开源')))"
CUT_RESULT = "天气 很 好 大模型 模型 开源"


def test_the_dictionary_is_cached_in_the_chosen_folder_and_rebuilt_when_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cache"
    assert run_python(CUT, folder).strip() == CUT_RESULT
    (cache,) = folder.iterdir()
    whole = cache.read_bytes()
    assert run_python(CUT, folder).strip() == CUT_RESULT
    cache.write_bytes(whole[: len(whole) // 2])
    assert run_python(CUT, folder).strip() == CUT_RESULT
    assert cache.read_bytes() == whole
    assert list(folder.iterdir()) == [cache]


def test_words_work_where_the_cache_cannot_be_written(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.write_text("")
    assert run_python(CUT, not_a_folder).strip() == CUT_RESULT


def test_threads_that_start_together_get_the_same_words(tmp_path: Path) -> None:
    code = (
        "import threading\nfrom rag.text.words import lexical_words\nfound = []\n"
        "cut = lambda: found.append(lexical_words('天气很好，大模型开源'))\n"
        "ts = [threading.Thread(target=cut) for _ in range(8)]\n"
        "[t.start() for t in ts]; [t.join() for t in ts]\nprint(len(found), len(set(found)))"
    )
    assert run_python(code, tmp_path).split() == ["8", "1"]
