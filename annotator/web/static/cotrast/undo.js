// Undo and redo of the whole form. Continuous typing in one field is one step.

import { changed, screen } from "./events.js";
import { fill, form, same, valuesOf } from "./form_state.js";

const TOGETHER_MS = 1500;
const TEXT_FIELDS = ["note", "reason", "other_text", "reasoning", "answer"];
const MAX_STEPS = 200;
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
  const typing = TEXT_FIELDS.includes(field) || field.startsWith("why-");
  const soon = typing && field === last.field && performance.now() - last.at < TOGETHER_MS;
  if (!soon) past = [...past.slice(-MAX_STEPS), before];
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
