// Runs once, as the body of a function with `element` (the choice of a collection, or the tools for collections),
// `trigger` and `watch` from Gradio. It listens on the whole element, so that it keeps working when that is drawn anew.

element.addEventListener("change", (event) => {
  if (event.target.matches("select")) trigger("choose_collection", { folder: event.target.value });
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  trigger(form.dataset.act === "create" ? "create_collection" : "rename_collection", { name: form.elements.name.value });
});

function ask(open) {
  element.querySelector(".sure").hidden = !open;
  element.querySelector(open ? ".keep" : ".ask").focus();
}

element.addEventListener("click", (event) => {
  if (event.target.closest(".ask")) ask(true);
  else if (event.target.closest(".keep")) ask(false);
  else if (event.target.closest("[data-act=delete]")) trigger("delete_collection", {});
});

// what was chosen last is asked when this browser comes back
watch("value", () => {
  const chosen = element.querySelector("select");
  if (chosen) ragPage.keepFolder(chosen.value);
});
