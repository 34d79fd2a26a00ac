// Runs once, as the body of a function with `element` (the list of articles), `trigger` and `watch` from Gradio.
// It listens on the whole list, so that it keeps working when the list is drawn anew.

let removing = false; // whether the next drawing answers a removal

function ask(row, open) {
  for (const other of element.querySelectorAll(".row")) {
    other.querySelector(".sure").hidden = other !== row || !open;
    other.querySelector(".ask").setAttribute("aria-expanded", String(other === row && open));
  }
  row.querySelector(open ? ".keep" : ".ask").focus();
}

element.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  const remover = event.target.closest("[data-remove]");
  const pending = event.target.closest("[data-pending]");
  const row = event.target.closest(".row");
  if (opener) {
    trigger("open_article", { article: decodeURIComponent(opener.dataset.open), start: 0, end: 0 });
  } else if (remover) {
    removing = true;
    remover.disabled = true; // a second press would ask for what is gone
    trigger("remove_article", { article: decodeURIComponent(remover.dataset.remove) });
  } else if (pending) {
    trigger("pending_uploads", { act: pending.dataset.pending });
  } else if (event.target.closest(".keep")) {
    ask(row, false);
  } else if (event.target.closest(".ask")) {
    ask(row, row.querySelector(".sure").hidden);
  }
});

element.addEventListener("keydown", (event) => {
  const row = event.target.closest(".row:has(.sure:not([hidden]))");
  if (event.key !== "Escape" || !row) return;
  event.stopPropagation(); // it would stop an answer
  ask(row, false);
});

watch("value", () => {
  // the row that had the focus is gone; what was done is read out where the focus goes
  if (removing) element.querySelector(".count")?.focus({ preventScroll: true });
  removing = false;
});
