// Runs behind page.js, with the same `element` (the conversation) and `trigger`: from a source back to its mark in the
// answer, and from an answer to the details of its search.
{
  let followed = null; // the mark that led to a source last: of several for one source, the way back leads there

  element.addEventListener("click", (event) => {
    const mark = event.target.closest("a[data-source]");
    const back = event.target.closest("a[data-cite]");
    const details = event.target.closest("[data-details]");
    if (mark) {
      followed = mark;
    } else if (back) {
      event.preventDefault();
      const known = followed?.isConnected && followed.dataset.source === back.closest(".card").id;
      const target = known ? followed : document.getElementById(back.dataset.cite);
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      target?.focus({ preventScroll: true });
      target?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
    } else if (details) {
      trigger("open_details", { turn: details.dataset.details });
    }
  });
}
