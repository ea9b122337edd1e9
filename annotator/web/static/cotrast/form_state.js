// Reads a form as an ordered list of names and values, and fills it from one. Knows no field by name but those that belong
// to one submission. Every change of a field of the form in the outbox fires `changed`.

import { changed, filled } from "./events.js";

const TOKENS = ["csrfmiddlewaretoken", "submission_key"];
const OF_ONE_SUBMISSION = new Set([...TOKENS, "base_revision", "rework", "base", "seen", "codebook", "version", "seconds", "checker_version", "questioned", "prompt_set"]);

/** The form of this page whose values are kept until the server has them. */
export const form = () => document.querySelector("form[data-outbox]");

export function valuesOf(f) {
  return [...new FormData(f)].filter(([name]) => !OF_ONE_SUBMISSION.has(name));
}

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Fills the form from `pairs`. Several text fields of one name get their values in order. */
export function fill(f, pairs) {
  const ticked = new Set(pairs.map((pair) => JSON.stringify(pair)));
  const waiting = new Map();
  for (const [name, value] of pairs) waiting.set(name, [...(waiting.get(name) ?? []), value]);
  for (const field of f.elements) {
    if (!field.name || OF_ONE_SUBMISSION.has(field.name)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = ticked.has(JSON.stringify([field.name, field.value]));
    else if (waiting.get(field.name)?.length) set(field, waiting.get(field.name).shift());
  }
  filled.fire();
}

let set = (field, value) => (field.value = value);

/** Has `write(field, value)` set the fields of this page. */
export const fillBy = (write) => (set = write);

document.addEventListener("input", ({ target }) => {
  if (target.form?.matches("[data-outbox]")) changed.fire({ field: target.name });
});
