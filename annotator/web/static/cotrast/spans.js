// Evidence: spans of the texts that a person marks, each with a failure pattern. One hidden field has them as JSON, as the
// server takes them. Keys, buttons and two handles in the text move their ends.

import { LONGEST, QUOTE, endsOf, firstWord, elementOf, rangeOf, reaching, spanOf, stepped, unitAt, unitsBefore } from "./span_offsets.js";
import { changed, filled, screen } from "./events.js";
import { form } from "./form_state.js";
import { reveal } from "./panels.js";

const MAX_SPANS = 100;
const drawn = globalThis.CSS?.highlights ? { all: new Highlight(), one: new Highlight() } : null;
if (drawn) CSS.highlights.set("span", drawn.all).set("span-on", drawn.one);
let lastPattern = "";
let selected = null;
let pressed = null; // the selection when the button was pressed: some browsers drop it before the click
let dragged = null; // the spans as they will be if the handle is released now
let handles = null; // imported when a span is first selected

const list = () => document.getElementById("spans");
const read = () => JSON.parse(form()?.elements.spans.value || "[]");
const announce = (words) => (document.getElementById("spans-status").textContent = words);

// ---- the text to mark ----

function selection() {
  if (getSelection().isCollapsed) return null;
  const range = getSelection().getRangeAt(0);
  const at = range.startContainer;
  const element = (at.nodeType === Node.TEXT_NODE ? at.parentElement : at).closest("[data-text]");
  if (!element) return null;
  // A selection that ends outside, as after a triple click on the last line, extends to the end of the text it began in.
  const inside = element.contains(range.endContainer);
  const end = inside ? unitsBefore(element, range.endContainer, range.endOffset) : element.textContent.length;
  return { name: element.dataset.text, ends: [unitsBefore(element, range.startContainer, range.startOffset), end] };
}

// Without a selection: the highlighted evidence of a constraint, else the first word of an answer, to be moved by keys.
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

// ---- changes of the spans ----

function write(spans, words = "") {
  form().elements.spans.value = JSON.stringify(spans);
  changed.fire({ field: "spans" });
  draw();
  announce(words);
}

function attach() {
  const spans = read();
  const target = selection() ?? pressed;
  pressed = null;
  // The fetched views cannot be marked: their offsets differ from those of the stored text.
  if (!target && !getSelection().isCollapsed) return announce(list().dataset.elsewhere);
  const { name, ends } = target ?? suggestion() ?? {};
  if (!name) return announce(list().dataset.elsewhere);
  if (ends[0] >= ends[1]) return;
  const span = spanOf(name, ends, pattern());
  if (spans.length >= MAX_SPANS || span.end - span.start > LONGEST) return announce(list().dataset[spans.length >= MAX_SPANS ? "full" : "long"]);
  write([...spans, span], `${list().dataset.added} ${span.quote}`);
  getSelection().removeAllRanges();
  if (target) select(spans.length);
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

// ---- display ----

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
  handles?.showHandles(span && elementOf(span.text), span && endsOf(span), drag, drop);
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
  handles = await import("./handles.js").catch(() => null); // no connection: keys and buttons still move the ends
  if (handles) paint(read());
}

function show(index) {
  select(index);
  const range = read()[index] && rangeOf(read()[index]);
  range?.startContainer.parentElement.closest("details")?.setAttribute("open", "");
  if (range?.getClientRects().length) reveal(range); // it has none if the present view does not show it
}

// A click on a span selects it, further clicks select overlapping ones in turn, and a click elsewhere selects none.
function press(event) {
  const name = event.target.closest("[data-text]")?.dataset.text;
  if (!name || !getSelection().isCollapsed) return;
  const unit = unitAt(elementOf(name), event.clientX, event.clientY);
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
  // The buttons of a span must stay under the finger that presses them: no scrolling.
  if (event.target.closest?.("[data-ends]")) select(indexOf(event.target));
  else if (event.target.closest?.("[data-span]")) show(indexOf(event.target));
  else if (selected !== null && form()) select(null);
});
// A press on the button must not clear the selection that it will mark.
document.addEventListener("pointerdown", (event) => (pressed = event.target.closest("[data-attach]") && selection()));
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
