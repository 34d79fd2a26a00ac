// Stands before page.js in the same function, with the same `element` (the conversation) and `trigger`: the question
// box and its buttons, from the sending of a question until Gradio has ended its event. A question stays in the box
// until it is seen in the conversation, and what is typed is kept by the browser until then.

const composer = () => document.querySelector("#question textarea");

function fill(text) {
  const box = composer();
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

const asking = (() => {
  const at = (name) => document.getElementById(name);
  const editing = () => document.querySelector("#note p") !== null;
  let sent = null; // the question that is on its way
  let pending = false; // whether one is, or its answer has not come to its end: only one goes out at a time
  let running = false; // whether the conversation shows an answer that is coming
  let arriving = true; // until the server knows who this browser is, a question waits
  let held = false; // a question was sent before it could go out
  let before = ""; // what stood in the box before a question was put back into it

  // of the two buttons the one that can be pressed is shown, and keeps the focus that the other had
  function show() {
    const [send, stop] = [at("send"), at("stop")];
    // Gradio may draw the conversation before them; what comes next is shown then
    if (!send || !stop) return;
    const [first, second] = running ? [send, stop] : [stop, send];
    const moves = document.activeElement === first;
    document.documentElement.toggleAttribute("data-answering", running);
    send.setAttribute("aria-disabled", String(pending));
    if (moves) second.focus({ preventScroll: true });
    // the conversation that an answer goes to stays the one that is shown
    for (const part of document.querySelectorAll("#talks, #new, #new-too, #chooser")) part.inert = pending || running;
  }

  function release() {
    if (!held || arriving || pending) return;
    held = false;
    setTimeout(() => at("send").click(), 50);
  }

  function taken() {
    if (sent === null) return;
    const { value } = composer();
    // what was typed behind it meanwhile is the beginning of the next
    if (value.startsWith(sent)) fill(value.slice(sent.length) || (editing() ? before : ""));
    sent = null;
    if (editing()) trigger("taken", {});
  }

  function begin(question) {
    [sent, pending] = [question, true];
    show();
  }

  function end(well) {
    const turns = element.querySelector(".turns");
    const told = document.querySelector("#at-language :is(input, textarea)")?.value;
    const behind = running || (told && turns.dataset.language !== told);
    if (well) taken();
    [sent, pending, running] = [null, false, false];
    show();
    release();
    // an answer that broke off, or that came in the language of before
    if (behind) redraw(20);
  }

  // the first may be lost with the stream that broke off: it is asked for until no answer seems to be coming any more
  function redraw(tries) {
    trigger("redraw", {});
    const behind = () => !pending && "running" in element.querySelector(".turns").dataset;
    setTimeout(() => tries && behind() && redraw(tries - 1), 3000);
  }

  // a press that comes too early is kept for later, one with nothing to ask is none
  function intercept(event) {
    const clicked = event.type === "click" && event.target.closest?.("#send");
    const entered = event.key === "Enter" && !event.shiftKey && event.target === composer();
    if (!(clicked || entered) || event.isComposing || event.keyCode === 229) return;
    const empty = !composer().value.trim();
    if (!empty && !arriving && !pending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    held ||= !empty && !running && event.type !== "keypress" && sent === null;
  }

  for (const kind of ["click", "keydown", "keypress"]) document.addEventListener(kind, intercept, true);
  document.addEventListener("input", ({ target }) => target === composer() && ragPage.keepDraft(target.value), true);

  ragPage.asks = (...data) => {
    begin(data[0]);
    return data;
  };
  ragPage.asksAgain = (...data) => {
    begin(null);
    return data;
  };
  // what was drawn last stands in the page a moment later
  ragPage.over = (well) => setTimeout(() => end(well), 20);
  ragPage.unedited = () => before;

  // Gradio says in English alone that it has lost its server; the server cannot be asked for words then
  new MutationObserver(() => {
    const said = document.querySelector(".toast-body.error:not([data-said])");
    if (!said || !/Connection to the server was lost|Server stopped unexpectedly/.test(said.textContent)) return;
    said.dataset.said = "lost";
    said.querySelector(".toast-title").hidden = true;
    said.querySelector("[data-testid=toast-text]").textContent = element.querySelector(".turns").dataset.lost;
  }).observe(document.querySelector(".toast-wrap") ?? document.body, { childList: true, subtree: true });

  return {
    edit() {
      if (!editing()) before = composer().value;
      composer().focus();
    },
    settle(turns) {
      const first = arriving;
      arriving = "arriving" in turns.dataset;
      running = "running" in turns.dataset;
      if (first && !arriving && !composer().value && ragPage.draft()) fill(ragPage.draft());
      if (running) taken();
      show();
      release();
    },
  };
})();
