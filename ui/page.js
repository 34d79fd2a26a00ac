// Runs once, as the body of a function with `element` (the conversation), `trigger` and `watch` from Gradio.
// Everything listens on the whole conversation, so that it keeps working when turns are drawn anew.

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const glide = (target, block) => target.scrollIntoView({ behavior: calm() ? "auto" : "smooth", block });
const folds = new Map(); // what was folded or unfolded by hand stays so while turns are drawn anew
let drawnTurns = 0;
let drawnTalk = null;
let wasRunning = false;

function setFold(fold, open) {
  if (fold.open !== open) folds.set(fold.id, open);
  fold.open = open;
}

function showSource(id) {
  const card = document.getElementById(id);
  if (!card) return;
  for (let fold = card.closest("details"); fold; fold = fold.parentElement.closest("details")) setFold(fold, true);
  card.focus({ preventScroll: true });
  glide(card, "nearest");
}

function ask(question) {
  fill(question);
  setTimeout(() => document.querySelector("#send").click(), 50);
}

function settle() {
  const turns = element.querySelector(".turns");
  if (!turns) return;
  document.documentElement.lang = turns.dataset.language;
  document.title = turns.dataset.title;
  asking.settle(turns);
  const count = turns.querySelectorAll(".turn").length;
  const talk = turns.dataset.talk ?? "";
  // a new conversation gets its name with its first answer, and is the same then
  const other = drawnTalk !== null && drawnTalk !== talk && !(drawnTalk === "" && count === 1);
  if (other || count < drawnTurns) folds.clear();
  if (other) {
    ragPage.closeSide();
    (count ? turns.lastElementChild : document.body).scrollIntoView({ block: "start" });
  } else if (count > drawnTurns || ("running" in turns.dataset && !wasRunning)) {
    glide(turns.lastElementChild, "start");
  }
  if (drawnTalk !== null) ragPage.keepTalk(talk);
  drawnTalk = talk;
  for (const fold of turns.querySelectorAll("details")) fold.open = folds.get(fold.id) ?? fold.open;
  drawnTurns = count;
  wasRunning = "running" in turns.dataset;
}

element.addEventListener("click", (event) => {
  const cite = event.target.closest("a[data-source]");
  const example = event.target.closest("[data-example]");
  const opener = event.target.closest("[data-article]");
  const summary = event.target.closest("summary");
  const again = event.target.closest("[data-again]");
  const edit = event.target.closest("[data-edit]");
  if (again) {
    trigger("again", { turn: again.dataset.again });
  } else if (edit) {
    asking.edit();
    trigger("edit", { turn: edit.dataset.edit });
  } else if (summary) {
    folds.set(summary.parentElement.id, !summary.parentElement.open);
  } else if (cite) {
    event.preventDefault();
    showSource(cite.dataset.source);
  } else if (example) {
    ask(example.dataset.example);
  } else if (opener) {
    trigger("open_article", { ...opener.dataset });
  }
});

// the Enter that ends the composition of a Chinese word belongs to the input method, not to the form; some browsers
// still let a keypress follow it, and that is what Gradio sends on
let composing = false;
function keepFromForm(event) {
  if (event.type === "keydown") composing = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && composing && event.target === composer()) event.stopImmediatePropagation();
}
document.addEventListener("keydown", keepFromForm, true);
document.addEventListener("keypress", keepFromForm, true);

watch("value", settle);
settle();
