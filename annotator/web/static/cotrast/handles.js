// Two handles at the ends of the selected span, to be dragged by finger, pen or mouse: the start's above its line and the
// end's below, so that both can be reached for a span of one character. They are outside the text element, whose characters
// are counted. Knows no spans: it reports where an end is dragged to.

import { character, rangeAt, unitAt } from "./span_offsets.js";

const LETTER = /\p{L}/u;
const LEFTWARD = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const target = { element: null, ends: [0, 0], moved: null, dropped: null };
const handles = [0, 1].map(make);
const sizes = new ResizeObserver(arrange);
let grip = null; // while a handle is dragged: the pointer's distance from the end of the span

/** Shows the handles at `ends` of the text of `element`, or hides them without one. Calls `moved(end, unit)` for each offset
    that an end is dragged to, and `dropped(kept)` when the drag ends: false if it was cancelled. */
export function showHandles(element, ends, moved, dropped) {
  if (target.element !== element) {
    sizes.disconnect();
    if (element) sizes.observe(element); // also when another view hides it or a fold opens
  }
  Object.assign(target, { element, ends, moved, dropped });
  arrange();
}

function make(end) {
  const handle = document.createElement("span");
  handle.className = `handle ${end ? "last" : "first"}`;
  handle.setAttribute("aria-hidden", "true"); // keys and buttons do the same
  handle.addEventListener("pointerdown", take);
  handle.addEventListener("pointermove", (event) => pull(event, end));
  handle.addEventListener("pointerup", () => leave(true));
  handle.addEventListener("pointercancel", () => leave(false));
  return handle;
}

// ---- their position ----

// The position of an end of the span in the window: x, and top and bottom of its line. Null if the text is not shown.
function pointOf(end) {
  const { element, ends } = target;
  const beside = character(element.textContent, ends[end] - end);
  const boxes = [...rangeAt(element, ...beside).getClientRects()];
  const box = boxes.filter(({ width }) => width).at(-end) ?? boxes[0];
  if (!box) return null;
  const before = end === (runsLeft(element.textContent, beside) ? 1 : 0);
  return { x: before ? box.left : box.right, top: box.top, bottom: box.bottom };
}

// Every line of a text has a direction of its own; a letter has one wherever it stands.
function runsLeft(text, [from, to]) {
  const own = text.slice(from, to);
  const letters = LETTER.test(own) ? own : text.slice(text.lastIndexOf("\n", from - 1) + 1).split("\n", 1)[0];
  return LEFTWARD.test(LETTER.exec(letters)?.[0] ?? "");
}

function arrange() {
  for (const end of [0, 1]) {
    const point = target.element?.isConnected ? pointOf(end) : null;
    if (point) position(handles[end], end, point);
    else handles[end].remove();
  }
}

function position(handle, end, { x, top, bottom }) {
  const around = target.element.parentElement;
  if (handle.parentElement !== around) around.append(handle);
  const box = around.getBoundingClientRect();
  const left = x - box.left - around.clientLeft + around.scrollLeft - handle.offsetWidth / 2;
  const down = (end ? bottom : top - handle.offsetHeight) - box.top - around.clientTop + around.scrollTop;
  // Beyond the edge of the card they would be clipped.
  handle.style.left = `${Math.min(Math.max(left, 0), around.clientWidth - handle.offsetWidth)}px`;
  handle.style.top = `${Math.min(Math.max(down, 0), around.scrollHeight - handle.offsetHeight)}px`;
}

// ---- dragging ----

function take(event) {
  const end = handles.indexOf(event.currentTarget);
  const point = pointOf(end);
  if (!event.isPrimary || event.button || !point) return;
  event.preventDefault();
  event.currentTarget.setPointerCapture(event.pointerId);
  grip = { x: event.clientX - point.x, y: event.clientY - (point.top + point.bottom) / 2 };
  for (const handle of handles) handle.classList.add("dragged"); // else the pointer would hit them instead of the text
}

function pull(event, end) {
  if (!grip) return;
  const unit = unitAt(target.element, event.clientX - grip.x, event.clientY - grip.y);
  if (unit !== null) target.moved(end, unit);
}

function leave(kept) {
  if (!grip) return;
  grip = null;
  for (const handle of handles) handle.classList.remove("dragged");
  target.dropped(kept);
}
