// Runs once, as the body of a function with `element` (a hidden place for a file), `props` and `watch` from Gradio.

function hand(file) {
  const bytes = Uint8Array.from(atob(file.dataset.file), (letter) => letter.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: file.dataset.type }));
  link.download = file.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

watch("value", () => {
  const file = element.querySelector(".download");
  if (!file) return;
  // what came of it; the list of conversations says it
  if (file.dataset.told) document.dispatchEvent(new CustomEvent("rag-told", { detail: file.dataset.told }));
  if (file.dataset.file !== undefined) hand(file);
  // the same file asked for again is a change again
  props.value = "";
});
