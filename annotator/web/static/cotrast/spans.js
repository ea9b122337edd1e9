// Evidence: pieces of the texts that somebody marked, each tied to a pattern. They live in one hidden field as the server
// takes them. Keys, buttons and two handles in the text move their ends.

import { LONGEST, QUOTE, endsOf, firstWord, place, rangeOf, reaching, spanOf, stepped, unitAt, unitsBefore } from "./span_offsets.js";
import { changed, filled, screen } from "./events.js";
import { form } from "./form_state.js";
import { reveal } from "./panels.js";

const MOST = 100;
const drawn = globalThis.CSS?.highlights ? { all: new Highlight(), one: new Highlight() } : null;
if (drawn) CSS.highlights.set("span", drawn.all).set("span-on", drawn.one);
let lastPattern = "";
let selected = null;
let held = null; // what was selected when a finger came down on the button: some browsers drop it before the click
let dragged = null; // the pieces as they are if the handle is let go here
let handles = null; // fetched when a piece is selected for the first time

const list = () => document.getElementById("spans");
const read = () => JSON.parse(form()?.elements.spans.value || "[]");
const tell = (words) => (document.getElementById("spans-said").textContent = words);

// ---- what is to be marked ----

function selection() {
  if (getSelection().isCollapsed) return null;
  const range = getSelection().getRangeAt(0);
  const at = range.startContainer;
  const element = (at.nodeType === Node.TEXT_NODE ? at.parentElement : at).closest("[data-text]");
  if (!element) return null;
  // A selection that ends outside, as after three clicks on the last line, reaches to the end of the text it began in.
  const inside = element.contains(range.endContainer);
  const end = inside ? unitsBefore(element, range.endContainer, range.endOffset) : element.textContent.length;
  return { name: element.dataset.text, ends: [unitsBefore(element, range.startContainer, range.startOffset), end] };
}

// Without a selection: what is lit as evidence of a constraint, else the first word of an answer. Keys do the rest.
function suggestion() {
  const mark = document.querySelector(".answer mark.on") ?? document.querySelector(".answer[data-text]");
  if (!mark) return null; // both answers are empty
  const element = mark.closest("[data-text]");
  const start = mark === element ? 0 : unitsBefore(element, mark, 0);
  const end = mark === element ? firstWord(element.textContent) : start + mark.textContent.length;
  return { name: element.dataset.text, ends: [start, end] };
}

function pattern() {
  const ticked = [...form().querySelectorAll("[name=patterns]:checked")].map((input) => input.value);
  return ticked.includes(lastPattern) ? lastPattern : ticked.at(-1) ?? "";
}

// ---- what is done with the pieces ----

function write(spans, words = "") {
  form().elements.spans.value = JSON.stringify(spans);
  changed.fire({ field: "spans" });
  draw();
  tell(words);
}

function attach() {
  const spans = read();
  const found = selection() ?? held;
  held = null;
  // In the views that are fetched there is nothing to mark: their words are not where the stored text has them.
  if (!found && !getSelection().isCollapsed) return tell(list().dataset.elsewhere);
  const { name, ends } = found ?? suggestion() ?? {};
  if (!name) return tell(list().dataset.elsewhere);
  if (ends[0] >= ends[1]) return;
  const span = spanOf(name, ends, pattern());
  if (spans.length >= MOST || span.end - span.start > LONGEST) return tell(list().dataset[spans.length >= MOST ? "full" : "long"]);
  write([...spans, span], `${list().dataset.added} ${span.quote}`);
  getSelection().removeAllRanges();
  if (found) select(spans.length);
  else focus(spans.length);
}

function resize(index, end, by, size, control) {
  const moved = stepped(read()[index], end, by, size);
  if (moved) write(read().with(index, moved), moved.quote);
  focus(index, control);
}

function drag(end, unit) {
  const moved = reaching(read()[selected], end, unit);
  if (moved) paint((dragged = read().with(selected, moved)));
}

function drop(kept) {
  if (kept && dragged) write(dragged, dragged[selected].quote);
  else paint(read());
  dragged = null;
}

const tie = (index, slug) => write(read().with(index, { ...read()[index], pattern: slug }));

function remove(index) {
  write(read().toSpliced(index, 1));
  focus(Math.min(index, read().length - 1));
}

// ---- on screen ----

function draw() {
  const rows = list();
  if (!rows) return;
  const spans = read();
  if (selected >= spans.length) selected = null;
  rows.replaceChildren(...spans.map(row));
  document.getElementById("evidence").hidden = spans.length === 0;
  for (const count of document.querySelectorAll("[data-span-count]")) count.textContent = spans.length || "";
  paint(spans);
}

function row(span, index) {
  const item = document.getElementById("span-row").content.firstElementChild.cloneNode(true);
  item.dataset.span = index;
  item.classList.toggle("on", index === selected);
  const whole = rangeOf(span)?.toString() ?? span.quote;
  item.querySelector("q").textContent = whole.length > 2 * QUOTE ? `${span.quote}…` : whole;
  item.querySelector(".where").textContent = list().dataset[span.text.replace(".", "")] ?? "";
  item.querySelector("select").value = span.pattern;
  return item;
}

function paint(spans) {
  const span = spans[selected];
  handles?.hold(span && place(span.text), span && endsOf(span), drag, drop);
  if (!drawn) return;
  drawn.all.clear();
  drawn.one.clear();
  spans.map(rangeOf).forEach((range, index) => range && (index === selected ? drawn.one : drawn.all).add(range));
}

const focus = (index, control = ".chip") => list().querySelector(`[data-span="${index}"] ${control}`)?.focus({ preventScroll: true });
const indexOf = (target) => Number(target.closest("[data-span]").dataset.span);

async function select(index) {
  selected = index;
  for (const item of list().children) item.classList.toggle("on", indexOf(item) === index);
  paint(read());
  if (handles || index === null) return;
  handles = await import("./handles.js").catch(() => null); // no connection: keys and buttons move the ends as well
  if (handles) paint(read());
}

function show(index) {
  select(index);
  const range = read()[index] && rangeOf(read()[index]);
  range?.startContainer.parentElement.closest("details")?.setAttribute("open", "");
  if (range?.getClientRects().length) reveal(range); // it has none in a view that does not show it
}

// A press on a marked piece selects it, on pieces that overlap one after the other, and beside all of them none.
function press(event) {
  const name = event.target.closest("[data-text]")?.dataset.text;
  if (!name || !getSelection().isCollapsed) return;
  const unit = unitAt(place(name), event.clientX, event.clientY);
  const covers = (span) => unit !== null && span.text === name && endsOf(span)[0] <= unit && unit < endsOf(span)[1];
  const here = read().flatMap((span, index) => (covers(span) ? [index] : []));
  if (here.length || selected !== null) select(here[(here.indexOf(selected) + 1) % here.length] ?? null);
}

document.addEventListener("keydown", (event) => {
  const { key, shiftKey, altKey, target } = event;
  if (!target.matches?.("[data-span] .chip") || !["ArrowLeft", "ArrowRight", "Delete"].includes(key)) return;
  const index = indexOf(target);
  event.preventDefault();
  if (key === "Delete") return remove(index);
  resize(index, shiftKey ? 0 : 1, key === "ArrowRight" ? 1 : -1, altKey ? "word" : "grapheme");
});
document.addEventListener("focusin", (event) => {
  // Who presses the buttons of a piece wants them to stay under the finger.
  if (event.target.closest?.("[data-ends]")) select(indexOf(event.target));
  else if (event.target.closest?.("[data-span]")) show(indexOf(event.target));
  else if (selected !== null && form()) select(null);
});
// A press on the button must not take away the selection that it is about.
document.addEventListener("pointerdown", (event) => (held = event.target.closest("[data-attach]") && selection()));
document.addEventListener("mousedown", (event) => event.target.closest("[data-attach]") && event.preventDefault());
document.addEventListener("click", (event) => {
  const { end, by } = event.target.closest("[data-end]")?.dataset ?? {};
  if (event.target.closest("[data-attach]")) attach();
  else if (end) resize(indexOf(event.target), Number(end), Number(by), "word", `[data-end="${end}"][data-by="${by}"]`);
  else if (event.target.closest("[data-span] .chip")) show(indexOf(event.target));
  else if (event.target.closest("[data-span-remove]")) remove(indexOf(event.target));
  else if (list()) press(event);
});
document.addEventListener("change", (event) => {
  if (event.target.name === "patterns" && event.target.checked) lastPattern = event.target.value;
  if (event.target.closest("[data-span]")) tie(indexOf(event.target), event.target.value);
});
filled.on(draw);
screen.on(() => {
  selected = null;
  draw();
});
draw();
