// Stands in the head of the page: what belongs to the page as a whole. `ragPage` says who the browser is and which
// conversation it shows, opens and closes the sidebar and the drawers, and keeps the keys that work everywhere.
(() => {
  const root = document.documentElement;
  const memory = {}; // where storage is forbidden, what is kept lasts as long as the page
  let opener = null; // what had the focus before a drawer or the sidebar was opened

  function kept(storage, key) {
    try {
      return storage().getItem(key) ?? memory[key] ?? "";
    } catch {
      return memory[key] ?? "";
    }
  }

  function keep(storage, key, value) {
    memory[key] = value;
    try {
      if (value) storage().setItem(key, value);
      else storage().removeItem(key);
    } catch {}
  }

  const local = () => localStorage;
  const session = () => sessionStorage;

  function browser() {
    let name = kept(local, "rag-browser");
    if (!name) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      name = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      keep(local, "rag-browser", name);
    }
    return name;
  }

  const drawer = () => (root.dataset.drawer ? document.getElementById(root.dataset.drawer) : null);
  const composer = () => document.querySelector("#question textarea");

  function open(name) {
    const from = document.activeElement;
    closeSide();
    const opened = document.getElementById(name);
    if (!opened) return;
    opener = from;
    root.dataset.drawer = name;
    opened.setAttribute("role", "dialog");
    opened.setAttribute("aria-modal", "true");
    const heading = opened.querySelector("h2");
    if (heading) {
      heading.id = `${name}-heading`;
      opened.setAttribute("aria-labelledby", heading.id);
    }
    // Gradio names these in the language of the browser, not of the page
    for (const upload of opened.querySelectorAll(".upload-container"))
      upload.setAttribute("aria-label", upload.parentElement.querySelector("[data-testid=block-label]").textContent.trim());
    document.getElementById("page").inert = true;
    opened.scrollTop = 0;
    opened.querySelector(".close-drawer").focus();
  }

  function close() {
    if (!drawer()) return;
    delete root.dataset.drawer;
    document.getElementById("page").inert = false;
    const seen = opener?.isConnected && opener.offsetParent;
    (seen ? opener : (document.getElementById("menu").offsetParent && document.getElementById("menu")) || composer())?.focus();
    opener = null;
  }

  // the sidebar stands beside the conversation where there is room, and over it where there is none
  function toggleSide() {
    if ("side" in root.dataset) {
      closeSide();
      document.getElementById("menu").focus();
    } else {
      root.dataset.side = "open";
      document.getElementById("menu").setAttribute("aria-expanded", "true");
      document.getElementById("main").inert = true;
      document.getElementById("new").focus();
    }
  }

  function closeSide() {
    if (!("side" in root.dataset)) return;
    delete root.dataset.side;
    document.getElementById("menu").setAttribute("aria-expanded", "false");
    document.getElementById("main").inert = false;
  }

  window.ragPage = {
    browser,
    talk: () => kept(session, "rag-talk"),
    folder: () => kept(local, "rag-collection"),
    draft: () => kept(session, "rag-draft"),
    keepDraft: (text) => keep(session, "rag-draft", text),
    keepTalk: (talk) => keep(session, "rag-talk", talk),
    keepFolder: (folder) => keep(local, "rag-collection", folder),
    open,
    close,
    toggleSide,
    closeSide,
  };

  // Gradio does not say whether the box for pasted texts is open: it is said as soon as there is a button to open it
  function sayFold(button) {
    const said = () => button.setAttribute("aria-expanded", String(button.classList.contains("open")));
    new MutationObserver(said).observe(button, { attributeFilter: ["class"] });
    said();
  }

  new MutationObserver((_, waiting) => {
    const button = document.querySelector("#paste > button");
    if (!button) return;
    waiting.disconnect();
    sayFold(button);
  }).observe(root, { childList: true, subtree: true });

  const isText = (node) => node.matches?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select");

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      const stop = document.querySelector("#stop");
      const leave = document.querySelector("#note button");
      if (drawer()) {
        // a list of choices that is open takes the key for itself
        if (event.target.getAttribute?.("aria-expanded") !== "true") close();
      } else if ("side" in root.dataset) toggleSide();
      else if (stop?.offsetParent) stop.click();
      else if (leave) leave.click();
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isText(event.target)) {
      if (drawer() || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      closeSide();
      composer()?.focus();
    }
  });

  // before the click reaches what it opens
  addEventListener(
    "click",
    ({ target }) => {
      if (drawer() && !target.closest(".drawer, dialog, .toast-wrap, #panel")) close();
      else if ("side" in root.dataset && !target.closest("#side, #menu, .toast-wrap")) closeSide();
    },
    true,
  );
})();
