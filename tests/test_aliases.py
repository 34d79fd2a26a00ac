"""Names are found in either language and script, and lead to their forms in the other language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import SettingsError
from rag.text.aliases import NameGroup, NameTable
from rag.text.folding import fold_text
from rag.types import LANGUAGES

TABLE = NameTable.load()


def named(text: str) -> list[tuple[str, str]]:
    return [(mention.group, mention.text) for mention in TABLE.find(text)]


def test_names_are_found_in_both_scripts_and_full_width() -> None:
    assert named("字節跳動的豆包") == [("bytedance", "字節跳動"), ("doubao", "豆包")]
    assert named("ＤｅｅｐＳｅｅｋ與輝達") == [("deepseek", "ＤｅｅｐＳｅｅｋ"), ("nvidia", "輝達")]
    assert named("華為昇騰") == [("huawei", "華為"), ("ascend", "昇騰")]


def test_the_longest_name_wins() -> None:
    assert named("阿里云和阿里") == [("alibaba-cloud", "阿里云"), ("alibaba", "阿里")]
    assert named("Moonshot AI") == [("moonshot", "Moonshot AI")]
    assert named("印度尼西亚") == [("indonesia", "印度尼西亚")]


def test_a_short_name_is_not_found_inside_another_word() -> None:
    assert named("1024个字节，字节码") == []
    assert named("阿里山的高通量") == []
    assert named("今日本报记者") == []


def test_latin_names_need_word_boundaries() -> None:
    assert named("metabolic pineapple chipset") == []
    assert named("接入DeepSeek的 Qwen3 和 Kimi-K2") == [
        ("deepseek", "DeepSeek"),
        ("qwen", "Qwen"),
        ("moonshot", "Kimi"),
    ]
    assert named("alibaba's plan") == [("alibaba", "alibaba")]


def test_short_capitals_are_found_only_in_capitals() -> None:
    assert named("tell us about the US") == [("united-states", "US")]
    assert named("the U.S. and USA") == [("united-states", "U.S."), ("united-states", "USA")]


def test_separators_and_plurals_do_not_hide_a_concept() -> None:
    assert named("large-language models") == [("large-language-model", "large-language models")]
    assert named("open\nsource chips") == [("open-source", "open\nsource"), ("chip", "chips")]
    assert named("智谱 AI") == [("zhipu", "智谱 AI")]


def test_groups_are_the_ids_that_a_text_names() -> None:
    assert TABLE.groups("Kimi 与 月之暗面 和 OpenAI") == {"moonshot", "openai"}
    assert TABLE.groups("nothing here") == frozenset()


def test_a_name_expands_to_its_forms_in_the_other_language() -> None:
    assert TABLE.expand("Moonshot") == ("月之暗面",)
    assert TABLE.expand("騰訊元寶") == ("Tencent Yuanbao", "Yuanbao")
    assert TABLE.expand("nothing here") == ()


def test_a_name_is_shown_as_its_readers_write_it() -> None:
    assert [TABLE.show("trump", language) for language in LANGUAGES] == ["Trump", "特朗普", "川普"]
    with pytest.raises(KeyError):
        TABLE.show("nobody", "en")


def test_a_name_without_a_shown_form_shows_its_first() -> None:
    table = NameTable([NameGroup("acme", "name", ("Acme",), ("爱克美",))])
    assert [table.show("acme", language) for language in LANGUAGES] == ["Acme", "爱克美", "爱克美"]


def test_the_bundled_list_is_folded_complete_and_without_contradictions() -> None:
    seen: dict[str, str] = {}
    for group in TABLE.all_groups:
        folded = {fold_text(form) for form in (*group.en, *group.zh)}
        # a form that folding changes is found through its folded form, which must be in the list too
        assert folded <= {form.casefold() for form in (*group.en, *group.zh)}, group.id
        assert set(group.show) == set(LANGUAGES), group.id
        assert {fold_text(form) for form in group.show.values()} <= folded | {f"{form}s" for form in folded}, group.id
        for form in folded:
            assert seen.setdefault(form, group.id) == group.id, form


def test_every_bundled_form_is_found() -> None:
    for group in TABLE.all_groups:
        for form in (*group.en, *group.zh):
            if fold_text(form) == form.casefold():
                assert named(form) == [(group.id, form)]


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_users_file_adds_groups_and_merges_known_ones(tmp_path: Path) -> None:
    extra = [
        {"id": "acme", "en": ["Acme"], "zh": ["愛克美"]},
        {"id": "qwen", "en": ["Qianwen"], "zh": [], "show": {"en": "Qianwen"}},
    ]
    table = NameTable.load(write(tmp_path / "names.json", extra))
    assert {mention.group for mention in table.find("爱克美 and Qianwen and 千问")} == {"acme", "qwen"}
    assert table.show("qwen", "en") == "Qianwen"
    assert table.show("qwen", "zh-Hant") == "通義千問"


def test_a_users_file_wins_over_the_bundled_list(tmp_path: Path) -> None:
    path = write(tmp_path / "names.json", [{"id": "my-kimi", "en": ["Kimi"], "zh": []}])
    assert NameTable.load(path).groups("Kimi") == {"my-kimi"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not a JSON file"),
        ({}, "list of groups"),
        (["a"], "group 1: must be an object"),
        ([{"id": "", "en": ["A"]}], "group 1"),
        ([{"id": "a", "en": "A"}], '"en" must be a list'),
        ([{"id": "a", "en": ["!"]}], '"en" must be a list'),
        ([{"id": "a", "en": []}], "must hold a form"),
        ([{"id": "a", "en": ["A"], "kind": "other"}], "kind"),
        ([{"id": "a", "en": ["A"], "show": ["A"]}], "show"),
    ],
)
def test_a_broken_users_file_is_named_with_the_reason(tmp_path: Path, content: object, reason: str) -> None:
    path = write(tmp_path / "names.json", content)
    with pytest.raises(SettingsError) as caught:
        NameTable.load(path)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_a_missing_or_undecodable_users_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.json"):
        NameTable.load(tmp_path / "missing.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SettingsError, match=r"bytes\.json"):
        NameTable.load(tmp_path / "bytes.json")


@given(
    st.lists(st.sampled_from(["Kimi", "字節跳動", "US", " ", "ＡＩ", "a", "網際網路", "阿里", "云", "㍿", "\n", "s"]))
)
def test_mentions_slice_the_text_and_never_overlap(pieces: list[str]) -> None:
    text = "".join(pieces)
    position = 0
    for mention in TABLE.find(text):
        assert mention.start >= position
        assert mention.end > mention.start
        assert text[mention.start : mention.end] == mention.text
        position = mention.end


@given(st.text())
def test_any_text_can_be_searched_and_expanded(text: str) -> None:
    assert TABLE.groups(text) == {mention.group for mention in TABLE.find(text)}
    assert bool(TABLE.expand(text)) <= bool(TABLE.groups(text))


def test_a_product_names_its_owner_too() -> None:
    table = NameTable.load()
    assert table.groups("Qwen3 发布") == {"qwen", "alibaba"}
    assert table.groups("Alibaba said") == {"alibaba"}
