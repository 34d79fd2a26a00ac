// Runs once, as the body of a function with `element` (the list of conversations), `trigger` and `watch` from Gradio.
// Everything listens on the whole element, so that it keeps working when the list is drawn anew.

let focused = null; // the conversation that was acted on, to come back to after the list is drawn anew

const talkOf = (node) => node.closest("[data-talk]");
const menus = () => element.querySelectorAll(".talk-more[open]");

function closeMenus(but) {
  for (const menu of menus()) if (menu !== but) menu.open = false;
}

function fold(talk) {
  for (const part of talk.querySelectorAll(".talk-rename, .talk-delete")) part.hidden = true;
}

function reveal(talk, part) {
  closeMenus();
  for (const other of element.querySelectorAll("[data-talk]")) fold(other);
  talk.querySelector(part).hidden = false;
}

function back(talk) {
  fold(talk);
  talk.querySelector(".talk-more summary").focus();
}

function exported(talk, form) {
  back(talk);
  trigger("export_talk", { talk: talk.dataset.talk, form });
}

// the reader's own time and way of writing it
function tellTimes() {
  const language = element.querySelector(".talks")?.dataset.language;
  for (const time of element.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    const today = moment.toDateString() === new Date().toDateString();
    const shown = today ? { hour: "2-digit", minute: "2-digit" } : { year: "numeric", month: "short", day: "numeric" };
    time.textContent = moment.toLocaleString(language, shown);
    time.title = moment.toLocaleString(language);
  }
}

// what came of an export
function tell(words) {
  const told = element.querySelector(".told");
  if (told) told.textContent = words;
}

const acts = {
  open: (talk) => trigger("open_talk", { talk: talk.dataset.talk }),
  rename: (talk) => {
    reveal(talk, ".talk-rename");
    talk.querySelector(".talk-rename input").select();
  },
  markdown: (talk) => exported(talk, "markdown"),
  json: (talk) => exported(talk, "json"),
  delete: (talk) => {
    reveal(talk, ".talk-delete");
    talk.querySelector(".talk-delete [data-act=cancel]").focus();
  },
  delete_sure: (talk) => trigger("delete_talk", { talk: talk.dataset.talk }),
  cancel: back,
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  const menu = event.target.closest(".talk-more");
  closeMenus(menu);
  if (!button) return;
  if (button.dataset.act === "more") {
    focused = element.querySelector("li:last-child")?.dataset.talk ?? null;
    trigger("more_talks", {});
    return;
  }
  if (button.dataset.act === "rated") {
    tell("");
    trigger("export_rated", {});
    return;
  }
  const talk = talkOf(button);
  focused = talk.dataset.talk;
  closeMenus();
  acts[button.dataset.act](talk);
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  const talk = talkOf(event.target);
  focused = talk.dataset.talk;
  trigger("rename_talk", { talk: talk.dataset.talk, title: event.target.elements.title.value });
  fold(talk);
});

element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const talk = talkOf(event.target);
  if (!talk) return;
  event.stopPropagation();
  closeMenus();
  back(talk);
});

document.addEventListener("rag-told", (event) => tell(event.detail));

document.addEventListener("click", (event) => {
  if (!element.contains(event.target)) closeMenus();
});

watch("value", () => {
  tellTimes();
  const list = element.querySelector(".talks");
  if (focused === null || !list) return;
  const talk = [...list.querySelectorAll("[data-talk]")].find((one) => one.dataset.talk === focused);
  // what had the focus was drawn anew or deleted; a reader who is elsewhere by now is left there
  if (document.activeElement === document.body || element.contains(document.activeElement))
    (talk?.querySelector(".talk-open") ?? list).focus();
  focused = null;
});
tellTimes();
