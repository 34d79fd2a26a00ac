"""What a browser's settings promise: anything it hands in can be used, and models are shared, lent and closed right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import ScriptedModel, Think, Wait, in_pieces

import ui.words
from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import OutOfMemory
from rag.model_inventory import Inventory
from rag.models.base import ChatOptions, LocalChatModel
from rag.models.choice import Choice
from rag.models.hub_cache import Installed
from rag.models.memory import Memory
from rag.models.servers import Served, Server
from rag.types import LANGUAGES, Filters
from ui.assistant_pool import AssistantPool
from ui.indexes import Collections
from ui.model_choices import USUAL, ModelList, trying
from ui.preferences import SIZES, THEMES, Preferences, parse
from ui.preferences_panel import PanelWords

UI = Path(ui.words.__file__).parent
CHOSEN = Preferences("gguf:/m/a.gguf", "off", "high", 3, ("en", "zh-Hant"), "zh-Hans", "dark", "large")
SEEN = Inventory(
    Memory(8 * 10**9, 4 * 10**9),
    (
        Installed("qwen3-4b.gguf", Path("/m/qwen3-4b.gguf"), 2_500_000_000, "gguf"),
        Installed("half.gguf", Path("/m/half.gguf"), 5, "gguf", complete=False),
        Installed("owner/encoder", Path("/m/encoder"), 5, "encoder"),
    ),
    (Server("http://127.0.0.1:11434/v1", (Served("gpt-oss:20b", True), Served("a\u202eb<i>"))),),
    (),
)


class Opened:
    """Opens scripted models in place of real ones, and remembers each with what it was opened as."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.models: list[tuple[str, ChatOptions, ScriptedModel]] = []
        self.closed_before: list[int] = []
        self.replies: list[list[Any]] = [in_pieces("The guild paid. [1]")]
        monkeypatch.setattr("rag.models.holder.open_model", self.open)

    def open(self, choice: Choice, options: ChatOptions) -> LocalChatModel:
        if "large" in choice.name:
            raise OutOfMemory(model=choice.label)
        self.closed_before.append(sum(model.closed for _, _, model in self.models))
        model = ScriptedModel(self.replies, label=choice.label)
        self.models.append((choice.name, options, model))
        return model

    def names(self) -> list[str]:
        return [name for name, _, model in self.models if not model.closed]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    return Opened(monkeypatch)


@pytest.fixture
def base(library: Assistant, opened: Opened) -> Assistant:
    return library.with_settings(replace(library.settings, model="gguf:/m/base.gguf"))


def pool_of(base: Assistant, most: int = 3) -> AssistantPool:
    return AssistantPool(base, most, lambda: [f"gguf:/m/{name}.gguf" for name in ("a", "b", "c", "large")])


def preferring(name: str, **others: Any) -> Preferences:
    return Preferences(model=f"gguf:/m/{name}.gguf", **others)


# ---- preferences ----


def test_preferences_come_back_as_they_were_kept() -> None:
    assert parse(CHOSEN.to_json()) == CHOSEN
    assert parse(Preferences().to_json()) == Preferences()
    assert CHOSEN.to_json().isascii()


@pytest.mark.parametrize(
    "kept",
    [None, "", "{", "null", "[1]", "7", "[" * 5000, '{"sources": 1e999}', "{" + '"a":' * 900, 7, b"{}", "x" * 10**6],
)
def test_what_is_no_preference_gives_the_defaults(kept: object) -> None:
    assert parse(kept) == Preferences()


def test_a_part_that_cannot_be_used_leaves_the_others_in_force() -> None:
    kept = {"thinking": "loud", "theme": "<b>", "sources": 4, "languages": ["fr", "en", 3], "later": {"version": 9}}
    assert parse(json.dumps(kept)) == Preferences(sources=4, languages=("en",))


@pytest.mark.parametrize("sources", [0, -1, 51, True, 3.0, "3", None, 10**30])
def test_a_number_of_sources_out_of_range_is_none(sources: object) -> None:
    assert parse({"sources": sources}).sources == 0


@pytest.mark.parametrize("model", ["hf:a\nb", "gguf:\x00", "gguf:/" + "x" * 2000, 3, ["auto"]])
def test_a_model_that_no_setting_could_name_is_none(model: object) -> None:
    assert parse({"model": model}).model == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
fields = ["model", "thinking", "effort", "sources", "languages", "language", "theme", "size"]


@given(st.dictionaries(st.sampled_from(fields) | st.text(), json_values) | json_values | st.text())
def test_whatever_a_browser_hands_in_can_be_used_and_kept(kept: object) -> None:
    preferences = parse(kept)
    assert parse(preferences.to_json()) == preferences
    assert preferences.theme in THEMES
    assert preferences.size in SIZES
    assert set(preferences.languages) < set(LANGUAGES)
    assert 1 <= preferences.apply(Settings()).sources <= 50


def test_preferences_stand_in_place_of_the_settings_and_defaults_leave_them() -> None:
    settings = Settings(model="extractive", thinking="on", effort="low", sources=5, port=9, language="en")
    applied = CHOSEN.apply(settings)
    assert (applied.model, applied.thinking, applied.effort, applied.sources) == ("gguf:/m/a.gguf", "off", "high", 3)
    assert (applied.languages, applied.language, applied.port) == (("en", "zh-Hant"), "zh-Hans", 9)
    assert Preferences().apply(settings) == settings


def test_all_languages_and_none_mean_the_same_search() -> None:
    assert Preferences().searching(LANGUAGES).filters() == Filters()
    assert Preferences().searching(()).filters() == Filters()
    assert Preferences().searching(["zh-Hant", "xx"]).filters() == Filters(languages=("zh-Hant",))


def test_the_page_speaks_what_is_preferred_then_what_is_set_then_what_the_browser_says() -> None:
    assert Preferences(language="en").speaks(Settings(language="zh-Hans"), "zh-TW") == "en"
    assert Preferences().speaks(Settings(language="zh-Hans"), "zh-TW") == "zh-Hans"
    assert Preferences().speaks(Settings(), "zh-TW,en;q=0.5") == "zh-Hant"


# ---- an assistant with other settings ----


def test_an_assistant_with_other_settings_shares_the_search_and_takes_as_many_sources_as_told(
    library: Assistant,
) -> None:
    other = library.with_settings(replace(library.settings, sources=1, refuse_below=0.5))
    assert other.store is library.store
    assert other.encoder is library.encoder
    assert other.retriever is library.retriever
    assert other.answerer is not library.answerer
    assert len(other.evidence("How many steps does the lighthouse have?").hits) == 1
    assert len(library.evidence("How many steps does the lighthouse have?").hits) > 1


def test_a_model_is_shared_where_only_thinking_differs_and_is_told_so_with_each_question(
    base: Assistant, opened: Opened
) -> None:
    off = base.with_settings(replace(base.settings, thinking="off", sources=2))
    back = off.with_settings(base.settings)
    for assistant in (base, off, back):
        assistant.ask("Who paid for the repair of the lighthouse?")
    [(_, options, model)] = opened.models
    assert options.thinking == "auto"
    assert [turn.thinking for turn in model.turns] == [None, "off", "auto"]


def test_closing_an_assistant_leaves_a_model_open_that_it_shares(base: Assistant, opened: Opened) -> None:
    base.generator()
    with base.with_settings(replace(base.settings, sources=2)) as other:
        other.generator()
    assert opened.names() == ["/m/base.gguf"]
    base.close()
    assert opened.names() == []


def test_another_model_or_degree_of_thinking_is_opened_apart(base: Assistant, opened: Opened) -> None:
    for change in ({"model": "gguf:/m/a.gguf"}, {"effort": "high"}, {"answer_tokens": 99}):
        base.with_settings(replace(base.settings, **change)).generator()
    base.generator()
    assert len(opened.models) == 4


# ---- the pool ----


def test_no_more_models_are_open_than_allowed_and_the_least_used_is_closed_first(
    base: Assistant, opened: Opened
) -> None:
    pool = pool_of(base)
    base.generator()
    for name in ("a", "b", "a", "c"):
        answer = list(pool.stream(preferring(name), "Who paid for the repair of the lighthouse?"))[-1].answer
        assert answer is not None
        assert answer.generator == f"gguf:/m/{name}.gguf"
    assert opened.names() == ["/m/base.gguf", "/m/a.gguf", "/m/c.gguf"]
    # the room is made before the next model is loaded
    assert opened.closed_before == [0, 0, 0, 1]
    pool.close()
    assert opened.names() == ["/m/base.gguf"]


def test_a_model_in_use_is_not_closed_and_the_next_waits_for_room(base: Assistant, opened: Opened) -> None:
    pool, came = pool_of(base, most=2), Event()
    with pool.lent(preferring("a")) as first:
        assert first is not None
        first.generator()

        def ask() -> None:
            with pool.lent(preferring("b")) as second:
                assert second is not None
                second.generator()
            came.set()

        asking = Thread(target=ask)
        asking.start()
        assert not came.wait(0.3)
        assert opened.names() == ["/m/a.gguf"]
    assert came.wait(10)
    asking.join()
    assert opened.names() == ["/m/b.gguf"]


def test_who_waits_for_a_model_can_stop_waiting(base: Assistant) -> None:
    pool, stop = pool_of(base, most=2), Event()
    stop.set()
    with pool.lent(preferring("a")):
        assert list(pool.stream(preferring("b"), "Who paid?", cancelled=stop)) == []


def test_a_model_is_kept_open_until_its_answer_ends_or_is_dropped(base: Assistant, opened: Opened) -> None:
    pool, stop = pool_of(base, most=2), Event()
    stop.set()
    opened.replies = [[Think("Let me see."), Wait()]]
    answer = pool.stream(preferring("a"), "Who paid for the repair of the lighthouse?", cancelled=Event())
    assert any(event.kind == "thinking" for event in answer)
    assert list(pool.stream(preferring("b"), "Who paid?", cancelled=stop)) == []
    assert opened.names() == ["/m/a.gguf"]
    # as when the thread that takes the steps lets go of them
    del answer
    with pool.lent(preferring("b")) as other:
        assert other is not None
        other.generator()
    assert opened.names() == ["/m/b.gguf"]


def test_browsers_that_differ_in_thinking_and_sources_share_one_model(base: Assistant, opened: Opened) -> None:
    pool = pool_of(base)
    for wish in (preferring("a"), preferring("a", sources=2), preferring("a", thinking="off")):
        with pool.lent(wish) as assistant:
            assert assistant is not None
            assistant.generator()
    assert len(opened.models) == 1


def test_without_a_model_nothing_is_opened_or_counted(base: Assistant, opened: Opened) -> None:
    pool = pool_of(base, most=2)
    with pool.lent(preferring("a")), pool.lent(Preferences(model="extractive")) as assistant:
        assert assistant is not None
        answer = assistant.ask("Who paid for the repair of the lighthouse?")
    assert answer.generator == "extractive"
    assert opened.models == []


def test_a_model_that_is_not_on_offer_is_never_opened_and_the_answer_says_so(base: Assistant, opened: Opened) -> None:
    wish = Preferences(model="http://elsewhere.example/v1#spy")
    answer = list(pool_of(base).stream(wish, "Who paid for the repair of the lighthouse?"))[-1].answer
    assert answer is not None
    assert answer.generator == "gguf:/m/base.gguf"
    assert "http://elsewhere.example/v1#spy is no longer" in answer.notices[0]
    assert [name for name, _, _ in opened.models] == ["/m/base.gguf"]


def test_only_the_languages_preferred_are_searched(base: Assistant) -> None:
    wish = Preferences(model="extractive", languages=("zh-Hant",))
    evidence = next(iter(pool_of(base).stream(wish, "渡輪可以往返幾趟？"))).evidence
    assert evidence is not None
    assert {hit.passage.language for hit in evidence.hits} == {"zh-Hant"}


# ---- several collections ----


@pytest.fixture
def collections(tmp_path: Path) -> Iterator[Collections]:
    made = Collections(tmp_path / "indexes", Settings(model="gguf:/m/base.gguf", reranker="owner/reranker"))
    yield made
    made.close()


def with_two(collections: Collections) -> tuple[Assistant, Assistant, str]:
    """The default collection, one more, and the folder of the latter."""
    folder = collections.create("Harbour").folder
    return collections.assistant(collections.default), collections.assistant(folder), folder


def test_all_collections_share_one_open_model_and_one_encoder(collections: Collections, opened: Opened) -> None:
    first, second, _ = with_two(collections)
    assert first.store is not second.store
    assert second.generator().model is first.generator().model
    assert opened.names() == ["/m/base.gguf"]
    assert second.encoder is first.encoder
    assert second.names is first.names
    assert second.retriever.reranker is first.retriever.reranker
    assert second.retriever.reranker is not None
    assert second.retriever.reader is first.retriever.reader


@pytest.mark.parametrize("adopted", [True, False])
def test_a_collection_that_is_deleted_leaves_the_model_of_the_others_open(
    collections: Collections, opened: Opened, tmp_path: Path, adopted: bool
) -> None:
    own = Assistant.open(tmp_path / "indexes" / "default", collections.settings)
    if adopted:
        collections.adopt(own)
    # without one that is open already, the collection opened first is the one that lends its model
    folder = collections.create("Harbour").folder
    held = collections.assistant(folder).generator().model
    collections.delete(folder)
    assert opened.names() == ["/m/base.gguf"]
    assert collections.assistant(collections.default).generator().model is held
    collections.close()
    assert opened.names() == (["/m/base.gguf"] if adopted else [])


def test_a_model_that_a_browser_chose_is_lent_to_all_collections(collections: Collections, opened: Opened) -> None:
    first, second, _ = with_two(collections)
    pool = pool_of(first)
    other = pool.beside(second)
    for one, base in ((pool, first), (other, second), (other, second), (pool, first)):
        with one.lent(preferring("a", sources=2)) as assistant:
            assert assistant is not None
            assert assistant.store is base.store
            assert assistant.generator().label == "gguf:/m/a.gguf"
    assert [name for name, _, _ in opened.models] == ["/m/a.gguf"]
    pool.close()
    assert opened.names() == []


def test_no_more_models_are_open_over_all_collections_than_allowed(collections: Collections, opened: Opened) -> None:
    first, second, _ = with_two(collections)
    pool = pool_of(first)
    for place, name in ((pool, "a"), (pool.beside(second), "b"), (pool.beside(second), "c")):
        with place.lent(preferring(name)) as assistant:
            assert assistant is not None
            assistant.generator()
    assert opened.names() == ["/m/b.gguf", "/m/c.gguf"]


# ---- the models to choose from ----


@pytest.fixture
def models() -> ModelList:
    return ModelList(Settings(model="extractive"), lambda settings: SEEN)


def test_the_models_offered_are_the_whole_chat_models_and_those_of_servers(models: ModelList) -> None:
    served = ("http://127.0.0.1:11434/v1#gpt-oss:20b", "http://127.0.0.1:11434/v1#a\u202eb<i>")
    assert models.values() == {"gguf:/m/qwen3-4b.gguf", *served}
    names = [name for name, _ in models.choices("en")]
    assert names[0] == "As set up here (No model: quotes from the articles)"
    assert names[2] == "qwen3-4b.gguf · 2.5 GB"
    assert names[3].startswith("gpt-oss:20b · http://127.0.0.1:11434/v1 (ready)")
    assert names[4].startswith("a\ufffdb<i>")


def test_a_model_that_is_gone_stays_the_one_shown(models: ModelList) -> None:
    assert models.choices("en", "gguf:/m/gone.gguf")[-1] == ("gguf:/m/gone.gguf", "gguf:/m/gone.gguf")


def test_the_machine_is_looked_at_once_and_only_when_asked_to() -> None:
    looks: list[Settings] = []

    def look(settings: Settings) -> Inventory:
        looks.append(settings)
        return SEEN

    models = ModelList(Settings(), look)
    assert [value for _, value in models.choices("en", look=False)] == [USUAL, "extractive"]
    assert looks == []
    models.choices("en")
    models.values()
    assert len(looks) == 1
    models.refresh()
    assert len(looks) == 2


def test_a_machine_that_cannot_be_looked_at_offers_no_model(caplog: pytest.LogCaptureFixture) -> None:
    def look(settings: Settings) -> Inventory:
        raise PermissionError("/cache")

    assert ModelList(Settings(model="extractive"), look).values() == frozenset()
    assert "could not be listed" in caplog.text


@pytest.mark.parametrize(
    ("model", "note"),
    [
        ("", ""),
        ("extractive", ""),
        ("hf:owner/qwen3-4b", "thinks first unless"),
        ("ollama:gpt-oss:20b", "as briefly as it can"),
        ("hf:owner/my-own", "not known how"),
        ("hf:deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "cut short after 2048 tokens"),
        ("hf:google/gemma-3-4b-it", "changes nothing"),
    ],
)
def test_what_thinking_means_for_a_model_is_said(models: ModelList, model: str, note: str) -> None:
    told = models.thinking_note(Preferences(model=model), "en")
    assert note in told
    assert bool(told) is bool(note)


def test_a_trial_tells_each_step_and_leaves_the_model_open(base: Assistant, opened: Opened) -> None:
    told = list(trying(pool_of(base), preferring("a"), "en"))
    assert told[0] == "Opening gguf:/m/a.gguf…"
    assert "is open after" in told[1]
    assert "began to write after" in told[2]
    assert re.search(r"works: first words after [\d.]+ s, then [\d.]+ tokens a second\.", told[3])
    assert opened.names() == ["/m/a.gguf"]


def test_a_trial_that_fails_says_why_in_the_language_of_the_page(base: Assistant, opened: Opened) -> None:
    pool = pool_of(base)
    expected = OutOfMemory(model="gguf:/m/large.gguf").in_language("zh-Hant")
    assert list(trying(pool, preferring("large"), "zh-Hant"))[-1] == expected
    assert list(trying(pool, Preferences(model="extractive"), "en"))[-1].startswith("Answers are quoted")
    opened.replies = [[]]
    assert list(trying(pool, preferring("b"), "en"))[-1] == "gguf:/m/b.gguf opened but wrote nothing."
    opened.replies = [["Well", ValueError("inner detail")]]
    assert "inner detail" not in list(trying(pool, preferring("c"), "en"))[-1]


# ---- the panel ----


def test_the_panel_shows_preferences_that_come_back_from_it(models: ModelList) -> None:
    words = PanelWords(Settings(model="extractive"), models)
    for preferences in (Preferences(), CHOSEN, Preferences(model="extractive", sources=50)):
        shown = words.properties(preferences, "en", look=True)
        assert words.collected(*(shown[name]["value"] for name in fields)) == preferences


def test_a_value_that_is_the_servers_own_is_kept_as_the_servers() -> None:
    words = PanelWords(Settings(sources=6), ModelList(Settings(), lambda settings: SEEN))
    assert words.collected(USUAL, "auto", "medium", 6, list(LANGUAGES), "browser", "auto", "normal") == Preferences()


def test_every_word_of_the_settings_is_said_in_three_scripts(models: ModelList) -> None:
    words = PanelWords(Settings(model="extractive"), models)
    shown = {language: str(words.properties(CHOSEN, language, look=True)) for language in LANGUAGES}
    assert len(set(shown.values())) == 3
    assert "Look for models again" not in shown["zh-Hans"] + shown["zh-Hant"]


# ---- the colours ----


def tokens() -> Iterator[tuple[str, str, str]]:
    style = (UI / "themes.css").read_text(encoding="utf-8")
    yield from re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", style)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, 1 to 21."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [1, 2])
def test_words_can_be_read_on_every_ground_they_stand_on(theme: int) -> None:
    colour = {token[0]: token[theme] for token in tokens()}
    grounds = ("page", "surface", "sunken")
    pairs = [(ink, ground) for ink in ("ink", "muted", "accent", "doubt") for ground in grounds]
    pairs += [("ink", "mark"), ("ink", "mark-strong"), ("accent", "accent-soft"), ("on-accent", "accent")]
    assert {pair: round(contrast(*(colour[name] for name in pair)), 2) for pair in pairs if _faint(colour, pair)} == {}
    assert all(contrast(colour["edge"], colour[ground]) >= 3 for ground in grounds)
    # Gradio's tick is white in both
    assert min(contrast(colour["ticked"], "#ffffff"), contrast(colour["ticked"], colour["page"])) >= 3


def _faint(colour: dict[str, str], pair: tuple[str, str]) -> bool:
    return contrast(colour[pair[0]], colour[pair[1]]) < 4.5


def test_sizes_of_letters_follow_the_size_chosen() -> None:
    style = (UI / "themes.css").read_text(encoding="utf-8")
    assert re.findall(r"(?:font-size|text-\w+|text-size): [\d.]+px", style) == []
    assert style.count("[data-size=") == 2
