// Undo and redo of the whole form, step by step; typing on in one field is one step.

import { changed, screen } from "./events.js";
import { fill, form, same, valuesOf } from "./form_state.js";

const TOGETHER_MS = 1500;
const WORDS = ["note", "reason", "other_text"];
const MOST_STEPS = 200;
let past = [];
let future = [];
let now = null;
let last = { field: "", at: 0 };

function begin() {
  [past, future, last] = [[], [], { field: "", at: 0 }];
  now = form() && valuesOf(form());
}

function record({ field }) {
  const before = now;
  now = valuesOf(form());
  if (same(before, now)) return;
  const words = WORDS.includes(field) || field.startsWith("why-");
  const soon = words && field === last.field && performance.now() - last.at < TOGETHER_MS;
  if (!soon) past = [...past.slice(-MOST_STEPS), before];
  future = [];
  last = { field, at: performance.now() };
}

function travel(from, to) {
  if (!form() || !from.length) return;
  to.push(now);
  now = from.pop();
  fill(form(), now);
  last = { field: "", at: 0 };
  changed.fire({ field: "undo" });
}

changed.on(record);
screen.on(begin);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-undo]")) travel(past, future);
  if (event.target.closest("[data-redo]")) travel(future, past);
});
begin();
