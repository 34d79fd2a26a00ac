// Runs once, as the body of a function with `element` (the panel over the page), `props`, `trigger` and `watch` from
// Gradio. The panel shows an article or the details of a search; what a button of it asks for is written on the button.

let returnTo = null; // where the focus was before the panel was there
let asked = null; // the step that was asked for inside the panel, and how far its text was scrolled

function close() {
  element.querySelector("dialog")?.close();
  props.value = "";
  const back = returnTo?.isConnected ? returnTo : document.querySelector("#question textarea");
  returnTo = asked = null;
  back?.focus();
}

const scroller = (dialog) => {
  const text = dialog.querySelector(".panel-text");
  return text && text.scrollHeight > text.clientHeight ? text : dialog;
};

function show(target) {
  target?.scrollIntoView({ block: "center" });
}

function goTo(dialog, number) {
  const place = dialog.querySelector(`.panel-text [data-cited="${number}"]`);
  if (!place) return false;
  for (const button of dialog.querySelectorAll(".places button")) {
    if (button.dataset.number === number) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  show(place);
  place.focus({ preventScroll: true });
  return true;
}

function arrive(dialog) {
  const text = dialog.querySelector(".panel-text") ?? dialog.querySelector(".close");
  const scrolled = scroller(dialog);
  text.focus({ preventScroll: true });
  if (asked?.step === "script") {
    scrolled.scrollTop = asked.share * scrolled.scrollHeight;
    dialog.querySelector("[data-step='script']")?.focus({ preventScroll: true });
  } else if (asked?.step === "earlier") {
    scrolled.scrollTop = scrolled.scrollHeight;
  } else if (asked?.step === "later") {
    scrolled.scrollTop = 0;
  } else if (!(asked?.step === "place" && goTo(dialog, asked.number))) {
    show(dialog.querySelector("mark:not(.also)"));
  }
  asked = null;
}

watch("value", () => {
  const dialog = element.querySelector("dialog");
  if (!dialog || dialog.open) return;
  returnTo ??= document.activeElement;
  dialog.showModal();
  arrive(dialog);
});

// Escape; it does not bubble
element.addEventListener(
  "cancel",
  (event) => {
    event.preventDefault();
    close();
  },
  true,
);

element.addEventListener("click", (event) => {
  const dialog = element.querySelector("dialog");
  const button = event.target.closest("button[data-step]");
  if (event.target.closest(".close") || event.target.matches("dialog")) {
    close();
  } else if (button && !(button.dataset.step === "place" && goTo(dialog, button.dataset.number))) {
    const scrolled = scroller(dialog);
    asked = { ...button.dataset, share: scrolled.scrollTop / scrolled.scrollHeight };
    trigger("open_article", { ...button.dataset });
  }
});
