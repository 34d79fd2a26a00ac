"""The settings of one browser as Gradio components, and the events between them.

Invariant: the components show what `Preferences` come to, and what they hold comes to `Preferences` again: a value
that is the server's own is kept as "as the server says". The browser keeps them; the server holds none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rag.config import EFFORTS, THINKING, Settings
from rag.types import LANGUAGES
from ui.assistant_pool import AssistantPool
from ui.escaping import plain
from ui.model_choices import USUAL, ModelList, trying
from ui.preferences import SIZES, THEMES, Preferences, parse
from ui.words import LANGUAGE_NAMES, label

READ_SCRIPT = "window.ragPreferences.read()"
"""What the browser gives for the component `stored` when the page opens."""

_BROWSER = "browser"
_KEEP = "(text) => { window.ragPreferences.keep(text); return []; }"
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_FIELDS = ("model", "thinking", "effort", "sources", "languages", "language", "theme", "size")


@dataclass(frozen=True, slots=True)
class Panel:
    """The components; `stored` is the text that the browser keeps, and the input of every event that needs it.

    `model` to `size` are the controls, in the order of `Preferences`.
    """

    stored: Any
    heading: Any
    note: Any
    trial: Any
    test: Any
    refresh: Any
    reset: Any
    model: Any
    thinking: Any
    effort: Any
    sources: Any
    languages: Any
    language: Any
    theme: Any
    size: Any

    @property
    def controls(self) -> list[Any]:
        """The components that hold a choice each."""
        return [getattr(self, name) for name in _FIELDS]

    @property
    def drawn(self) -> list[Any]:
        """The components that `PanelWords.updates` is for."""
        return [self.stored, self.heading, self.note, self.trial, self.test, self.refresh, self.reset, *self.controls]


@dataclass(frozen=True, slots=True)
class PanelWords:
    """What the components show for preferences and an interface language; needs no browser."""

    settings: Settings
    models: ModelList

    def properties(self, preferences: Preferences, language: str, look: bool = False) -> dict[str, dict[str, Any]]:
        """Properties by component, values among them; only with `look` the machine is looked at for models."""

        def named(key: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
            return [(label(f"settings.{key}.{name}", language), name) for name in names]

        chosen = preferences.apply(self.settings)
        model = preferences.model or USUAL
        browser = (label("settings.language.browser", language), _BROWSER)
        return {
            "stored": {"value": preferences.to_json()},
            "heading": {"value": self._heading(language)},
            "note": {"value": self._note(preferences, language, look)},
            "trial": {"value": ""},
            "test": {"value": label("settings.test", language)},
            "refresh": {"value": label("settings.refresh", language)},
            "reset": {"value": label("settings.reset", language)},
            "model": {"choices": self.models.choices(language, model, look), "value": model},
            "thinking": {"choices": named("thinking", THINKING), "value": chosen.thinking},
            "effort": {
                "choices": named("effort", EFFORTS),
                "value": chosen.effort,
                "info": label("settings.effort.info", language),
            },
            "sources": {"value": chosen.sources},
            "languages": {
                "choices": [(label(f"language.{code}", language), code) for code in LANGUAGES],
                "value": list(preferences.languages or LANGUAGES),
            },
            "language": {
                "choices": [browser, *((own, code) for code, own in LANGUAGE_NAMES.items())],
                "value": preferences.language or _BROWSER,
            },
            "theme": {"choices": named("theme", THEMES), "value": preferences.theme},
            "size": {"choices": named("size", SIZES), "value": preferences.size},
        }

    def updates(self, preferences: Preferences, language: str, look: bool = False) -> list[Any]:
        """Gradio updates for `Panel.drawn`."""
        import gradio as gr

        properties = self.properties(preferences, language, look)
        for name in _FIELDS:
            properties[name]["label"] = label(f"settings.{name}", language)
        return [gr.update(**one) for one in properties.values()]

    def collected(self, *values: Any) -> Preferences:
        """The preferences that the controls hold, in the order of `Panel.controls`."""
        form = dict(zip(_FIELDS, values, strict=True))
        for name in ("thinking", "effort", "sources"):
            if form[name] == getattr(self.settings, name):
                form[name] = None
        form["model"] = "" if form["model"] == USUAL else form["model"]
        return parse(form)

    def note(self, preferences: Preferences, language: str) -> str:
        """What thinking means for the model preferred."""
        return self._note(preferences, language, look=False)

    def _note(self, preferences: Preferences, language: str, look: bool) -> str:
        return _line("note", self.models.thinking_note(preferences, language, look))

    def _heading(self, language: str) -> str:
        kept = plain(label("settings.kept", language))
        return f"<h2>{plain(label('settings', language))}</h2><p class='note'>{kept}</p>"


def build(words: PanelWords, language: str) -> Panel:
    """The components, in the order in which they are read; to be called where they are to stand."""
    import gradio as gr

    shown = words.properties(Preferences(), language)

    def radio(name: str, **more: Any) -> Any:
        return gr.Radio(**shown[name], label=label(f"settings.{name}", language), elem_id=f"setting-{name}", **more)

    def html(name: str) -> Any:
        return gr.HTML(**shown[name], apply_default_css=False, js_on_load=None, elem_id=f"setting-{name}")

    with gr.Column(elem_id="preferences"):
        # hidden, yet in the page: the browser reads it there
        stored = gr.Textbox(**shown["stored"], visible="hidden", elem_id="setting-stored")
        heading = html("heading")
        model = gr.Dropdown(**shown["model"], label=label("settings.model", language), elem_id="setting-model")
        with gr.Row():
            test = gr.Button(**shown["test"], elem_id="setting-test")
            refresh = gr.Button(**shown["refresh"], elem_id="setting-refresh")
        trial = html("trial")
        thinking, note, effort = radio("thinking"), html("note"), radio("effort")
        most = max(20, words.settings.sources)
        sources = gr.Slider(
            1,
            most,
            step=1,
            **shown["sources"],
            label=label("settings.sources", language),
            buttons=[],
            elem_id="setting-sources",
        )
        languages = gr.CheckboxGroup(
            **shown["languages"], label=label("settings.languages", language), elem_id="setting-languages"
        )
        page_language, theme, size = radio("language"), radio("theme"), radio("size")
        reset = gr.Button(**shown["reset"], elem_id="setting-reset")
    return Panel(
        stored,
        heading,
        note,
        trial,
        test,
        refresh,
        reset,
        model,
        thinking,
        effort,
        sources,
        languages,
        page_language,
        theme,
        size,
    )


def join(panel: Panel, words: PanelWords, pool: AssistantPool, spoken: Any, opened: Any) -> tuple[Any, ...]:
    """Join the components.

    `spoken` is the component that holds the interface language, `opened` the event that shows the panel (a button's
    `click`). Gives the events after which the page has to be said anew, in the language that `panel.stored` then
    asks for.
    """
    import gradio as gr

    def changed(*values: Any) -> list[str]:
        preferences = words.collected(*values[:-1])
        return [preferences.to_json(), words.note(preferences, values[-1]), ""]

    def models(*values: Any) -> Any:
        shown = words.properties(words.collected(*values[:-1]), values[-1], look=True)
        # not the value: another model may be chosen while the machine is looked at
        return gr.update(choices=shown["model"]["choices"])

    def look_again(*values: Any) -> Any:
        words.models.refresh()
        return models(*values)

    def noted(*values: Any) -> str:
        return words.note(words.collected(*values[:-1]), values[-1])

    def test(*values: Any) -> Iterator[str]:
        for told in trying(pool, words.collected(*values[:-1]), values[-1]):
            yield _line("trial", told, "status")

    held = [*panel.controls, spoken]
    others = [control.input for name, control in zip(_FIELDS, panel.controls, strict=True) if name != "language"]
    saying = [panel.stored, panel.note, panel.trial]
    keep: dict[str, Any] = {"fn": None, "inputs": [panel.stored], "outputs": None, "js": _KEEP, **_QUIET}
    gr.on(others, changed, held, saying, trigger_mode="always_last", **_QUIET).then(**keep)
    for looked in (
        gr.on([opened], models, held, [panel.model], **_QUIET),
        panel.refresh.click(look_again, held, [panel.model], **_QUIET),
    ):
        looked.then(noted, held, [panel.note], **_QUIET)
    panel.test.click(test, held, [panel.trial], trigger_mode="once", concurrency_limit=2, **_QUIET)
    language = panel.language.input(changed, held, saying, **_QUIET).then(**keep)
    reset = panel.reset.click(lambda: Preferences().to_json(), None, [panel.stored], **_QUIET).then(**keep)
    return language, reset


def _line(kind: str, text: str, role: str = "") -> str:
    told = f" role='{role}'" if role else ""
    return f"<p class='{kind}'{told}>{plain(text)}</p>" if text else ""
