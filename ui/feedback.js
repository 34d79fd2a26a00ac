// Runs once behind `page.js`, in the same function with `element` (the conversation) and `trigger` from Gradio.
{
  const rate = (bar, verdict, reason) => trigger("rate", { turn: Number(bar.dataset.turn), verdict, reason });

  element.addEventListener("click", (event) => {
    const thumb = event.target.closest("[data-verdict]");
    if (!thumb) return;
    const pressed = thumb.getAttribute("aria-pressed") === "true";
    rate(thumb.closest(".feedback"), pressed ? "" : thumb.dataset.verdict, "");
  });

  element.addEventListener("submit", (event) => {
    const bar = event.target.closest(".feedback");
    if (!bar) return;
    event.preventDefault();
    const given = bar.querySelector("[data-verdict][aria-pressed=true]");
    rate(bar, given.dataset.verdict, event.target.elements.reason.value);
    // one may fold it again by hand: what is drawn next decides
    bar.querySelector("details").open = false;
  });
}
