// The views of the edit: its text, its difference to the original, or its evidence. Behind each field lies its text with the
// marks of the last check, which follows every letter, so that the evidence shows while somebody types.

import { changed, filled, part, screen } from "./events.js";
import { remember, remembered } from "./page.js";
import { check } from "./repair_check.js";
import { changeOf } from "./rewriting.js";
import { rangeAt } from "./span_offsets.js";

const VIEW = "cotrast:edit-view";
const FIELDS = ["reasoning", "answer"];
const fieldOf = (name) => document.getElementById(name);

// ---- the text with its marks follows the field ----

function follow(name) {
  const [field, marks] = [fieldOf(name), document.getElementById(`${name}-marks`)];
  if (!field || !marks) return;
  const [start, end, inserted] = changeOf(marks.textContent, field.value);
  if (start < end) rangeAt(marks, start, end).deleteContents();
  if (!inserted) return;
  const { startContainer: place, startOffset: unit } = rangeAt(marks, start, start);
  if (place.nodeType === Node.TEXT_NODE) place.insertData(unit, inserted);
  else marks.append(inserted);
}

const followAll = () => FIELDS.forEach(follow);

// ---- views ----

function show(view) {
  document.documentElement.dataset.editView = view;
  const buttons = [...document.querySelectorAll("[data-edit-view]:is(button)")];
  const now = buttons.findIndex((button) => button.dataset.editView === view);
  buttons.forEach((button, place) => {
    button.setAttribute("aria-pressed", String(place === now));
    if (place === (now + 1) % buttons.length) button.dataset.key = "v";
    else delete button.dataset.key;
  });
  for (const name of FIELDS) if (fieldOf(name)) fieldOf(name).tabIndex = view === "text" ? 0 : -1;
}

// Each check answers with what its view shows.
function choose(view) {
  remember(VIEW, view);
  if (document.documentElement.dataset.editView === view) return;
  show(view);
  check();
}

function write(name) {
  choose("text");
  fieldOf(name).focus({ preventScroll: true });
  fieldOf(name).scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("button[data-edit-view], [data-write]");
  if (control?.dataset.editView) choose(control.dataset.editView);
  else if (control) write(control.dataset.write);
});

function open() {
  if (!document.querySelector("button[data-edit-view]")) return;
  show(remembered(VIEW) ?? "text");
  if (document.documentElement.dataset.editView === "diff") check();
  followAll();
}

changed.on(followAll);
filled.on(followAll);
part.on(followAll);
screen.on(open);
open();
