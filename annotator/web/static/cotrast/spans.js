// Evidence: pieces of the texts that somebody marked, each tied to a pattern. They live in one hidden field as the server
// takes them. Offsets count code points, as Python does; the DOM counts UTF-16 units, so that each is converted here.

import { changed, form } from "./fields.js";
import { rangeAt } from "./reading.js";

const [QUOTE, LONGEST, MOST] = [100, 5000, 100];
const drawn = globalThis.CSS?.highlights ? { all: new Highlight(), one: new Highlight() } : null;
if (drawn) CSS.highlights.set("span", drawn.all).set("span-on", drawn.one);
const splitters = { grapheme: new Intl.Segmenter(undefined, { granularity: "grapheme" }), word: new Intl.Segmenter(undefined, { granularity: "word" }) };
let lastPattern = "";
let selected = null;

const list = () => document.getElementById("spans");
const place = (name) => document.querySelector(`[data-text="${name}"]`);
const read = () => JSON.parse(form()?.elements.spans.value || "[]");
const tell = (words) => (document.getElementById("spans-said").textContent = words);
const points = (text) => [...text].length;

function units(text, wanted) {
  let at = 0;
  for (let count = 0; count < wanted && at < text.length; count += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

// ---- between the texts on screen and offsets ----

function rangeOf({ text, start, end }) {
  const element = place(text);
  if (!element) return null;
  return rangeAt(element, units(element.textContent, start), units(element.textContent, end));
}

function unitsBefore(element, node, offset) {
  const range = new Range();
  range.setStart(element, 0);
  range.setEnd(node, offset);
  return String(range).length;
}

function spanOf(name, startUnit, endUnit, pattern) {
  const text = place(name).textContent;
  const start = points(text.slice(0, startUnit));
  const quote = text.slice(startUnit, endUnit);
  return { text: name, start, end: start + points(quote), pattern, quote: [...quote.slice(0, 2 * QUOTE)].slice(0, QUOTE).join("") };
}

function selection() {
  if (getSelection().isCollapsed) return null;
  const range = getSelection().getRangeAt(0);
  const element = range.startContainer.parentElement?.closest("[data-text]");
  if (!element) return null;
  const start = unitsBefore(element, range.startContainer, range.startOffset);
  // A selection that ends outside, as after three clicks on the last line, reaches to the end of the text it began in.
  const inside = element.contains(range.endContainer);
  return { name: element.dataset.text, start, end: inside ? unitsBefore(element, range.endContainer, range.endOffset) : element.textContent.length };
}

// Without a selection: what is lit as evidence of a constraint, else the first word of an answer. Keys do the rest.
function suggestion() {
  const mark = document.querySelector(".answer mark.on") ?? document.querySelector(".answer");
  const element = mark.closest("[data-text]");
  const start = mark === element ? 0 : unitsBefore(element, mark, 0);
  const end = mark === element ? step(element.textContent, 0, 1, "word") : start + mark.textContent.length;
  return end > start ? { name: element.dataset.text, start, end } : null;
}

// ---- what is done with them ----

function write(spans, words = "") {
  form().elements.spans.value = JSON.stringify(spans);
  changed("spans");
  draw();
  tell(words);
}

function attach() {
  const spans = read();
  const found = selection();
  // In the views that are fetched there is nothing to mark: their words are not where the stored text has them.
  if (!found && !getSelection().isCollapsed) return tell(list().dataset.elsewhere);
  const chosen = found ?? suggestion();
  if (!chosen || chosen.end <= chosen.start) return;
  const span = spanOf(chosen.name, chosen.start, chosen.end, pattern());
  if (spans.length >= MOST || span.end - span.start > LONGEST) return tell(list().dataset[spans.length >= MOST ? "full" : "long"]);
  write([...spans, span], `${list().dataset.added} ${span.quote}`);
  getSelection().removeAllRanges();
  if (!found) focus(spans.length);
}

function pattern() {
  const ticked = [...form().querySelectorAll("[name=patterns]:checked")].map((input) => input.value);
  return ticked.includes(lastPattern) ? lastPattern : ticked.at(-1) ?? "";
}

function step(text, unit, by, size) {
  const piece = splitters[size].segment(text).containing(by > 0 ? unit : unit - 1);
  if (!piece) return unit;
  return by > 0 ? piece.index + piece.segment.length : piece.index;
}

function resize(index, { key, shiftKey, altKey }) {
  const spans = read();
  const span = spans[index];
  const text = place(span.text)?.textContent ?? "";
  const edges = [units(text, span.start), units(text, span.end)];
  const edge = shiftKey ? 0 : 1;
  edges[edge] = step(text, edges[edge], key === "ArrowRight" ? 1 : -1, altKey ? "word" : "grapheme");
  if (edges[0] >= edges[1]) return;
  const moved = spanOf(span.text, ...edges, span.pattern);
  if (moved.end - moved.start <= LONGEST) write(spans.with(index, moved));
  focus(index);
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
  rows.replaceChildren(...spans.map(row));
  document.getElementById("evidence").hidden = spans.length === 0;
  for (const count of document.querySelectorAll("[data-span-count]")) count.textContent = spans.length || "";
  paint(spans);
}

function row(span, index) {
  const item = document.getElementById("span-row").content.firstElementChild.cloneNode(true);
  item.dataset.span = index;
  const whole = rangeOf(span)?.toString() ?? span.quote;
  item.querySelector("q").textContent = whole.length > 2 * QUOTE ? `${span.quote}…` : whole;
  item.querySelector(".where").textContent = list().dataset[span.text.replace(".", "")] ?? "";
  item.querySelector("select").value = span.pattern;
  return item;
}

function paint(spans) {
  if (!drawn) return;
  drawn.all.clear();
  drawn.one.clear();
  spans.map(rangeOf).forEach((range, index) => range && (index === selected ? drawn.one : drawn.all).add(range));
}

const focus = (index) => list().querySelector(`[data-span="${index}"] .chip`)?.focus({ preventScroll: true });

function show(index) {
  selected = index;
  const spans = read();
  paint(spans);
  const range = spans[index] && rangeOf(spans[index]);
  range?.startContainer.parentElement.closest("details")?.setAttribute("open", "");
  const box = range?.getBoundingClientRect();
  if (box && (box.top < 60 || box.bottom > innerHeight * 0.6)) scrollBy(0, box.top - innerHeight / 3);
}

const indexOf = (target) => Number(target.closest("[data-span]").dataset.span);

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-span] .chip")) return;
  if (["ArrowLeft", "ArrowRight"].includes(event.key)) resize(indexOf(event.target), event);
  else if (event.key === "Delete") remove(indexOf(event.target));
  else return;
  event.preventDefault();
});
document.addEventListener("focusin", (event) => {
  if (event.target.closest?.("[data-span]")) show(indexOf(event.target));
  else if (selected !== null && form()) show(null);
});
// A press on the button must not take away the selection that it is about.
document.addEventListener("mousedown", (event) => event.target.closest("[data-attach]") && event.preventDefault());
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-attach]")) attach();
  else if (event.target.closest("[data-span] .chip")) show(indexOf(event.target));
  else if (event.target.closest("[data-span-remove]")) remove(indexOf(event.target));
});
document.addEventListener("change", (event) => {
  if (event.target.name === "patterns" && event.target.checked) lastPattern = event.target.value;
  if (event.target.closest("[data-span]")) tie(indexOf(event.target), event.target.value);
});
document.addEventListener("filled", draw);
document.addEventListener("screen", draw);
draw();
