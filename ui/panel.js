// Runs once, as the body of a function with `element` (the article panel), `props` and `watch` from Gradio.

let returnTo = null;

function close() {
  element.querySelector("dialog")?.close();
  props.value = "";
  returnTo?.focus();
}

watch("value", () => {
  const dialog = element.querySelector("dialog");
  if (!dialog || dialog.open) return;
  returnTo = document.activeElement;
  dialog.showModal();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  dialog.querySelector("mark")?.scrollIntoView({ block: "center" });
  (dialog.querySelector(".panel-text") ?? dialog.querySelector(".close")).focus({ preventScroll: true });
});

element.addEventListener("click", (event) => {
  if (event.target.closest(".close") || event.target.matches("dialog")) close();
});
