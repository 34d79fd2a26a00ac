// Stands in the head of the page and runs before anything is painted: the theme and the size of the letters are those
// that this browser kept. `window.ragPreferences` gives and keeps the text that `ui/preferences.py` reads and writes.
(() => {
  const KEY = "rag-preferences";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let kept = "";

  // storage may be forbidden; the choices then last as long as the page
  function load() {
    try {
      kept = localStorage.getItem(KEY) ?? kept;
    } catch {}
    return kept;
  }

  function form() {
    try {
      const value = JSON.parse(kept);
      return value && typeof value === "object" ? value : {};
    } catch {
      return {};
    }
  }

  // Gradio follows the system and marks the body
  function mark() {
    const theme = root.dataset.theme;
    const wanted = theme === "dark" || (theme !== "light" && dark.matches);
    const body = document.body;
    if (body && body.classList.contains("dark") !== wanted) body.classList.toggle("dark", wanted);
  }

  function apply() {
    const { theme, size, language } = form();
    root.dataset.theme = ["light", "dark"].includes(theme) ? theme : "auto";
    root.dataset.size = ["small", "large"].includes(size) ? size : "normal";
    if (["en", "zh-Hans", "zh-Hant"].includes(language)) root.lang = language;
    mark();
  }

  window.ragPreferences = {
    read() {
      return load();
    },
    keep(text) {
      kept = text;
      try {
        localStorage.setItem(KEY, text);
      } catch {}
      apply();
    },
  };

  load();
  apply();
  dark.addEventListener("change", mark);
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    kept = event.newValue ?? "";
    apply();
  });
  addEventListener("DOMContentLoaded", () => {
    mark();
    new MutationObserver(mark).observe(document.body, { attributeFilter: ["class"] });
  });
})();
