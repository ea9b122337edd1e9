// The outbox: what is typed into the form is stored in the browser at once, stays until the server has it, and is restored
// when the page is opened again, so that a lost connection, a closed tab or a crash loses nothing. Each page has a copy of its
// own, so that no tab overwrites another one's. server_draft.js saves the draft on the server.

import { changed, screen, sending, sent } from "./events.js";
import { fill, form, same, valuesOf } from "./form_state.js";
import { all, get, put, remove } from "./local_copies.js";
import { say } from "./status.js";

const NEWEST = "newest"; // the name under which the version of a draft is stored that the next page must have
const newPage = () => `${Date.now()}.${Math.random()}`;

let page = newPage(); // the id of this page's copy
let saved = null; // the values that the server has; null if unknown
let leaving = false; // whether another page was asked for: it may be made before a save and come after it
let underway = null; // the values that a request is saving on the server; its answer may be lost
let others = []; // copies of other pages, the newest last
let taken = null; // the key of the copy that the server has accepted, until its answer is shown

// ---- this page's copy ----

const keyOf = (f, name = page) => [f.dataset.outbox, name];
// A copy is restored without asking only if the server still has the values that its page started from, or was saving.
const basisOf = (f) => (f.dataset.draft ? [f.elements.base_revision.value, f.dataset.version] : saved);
const follows = (copy, f) => same(copy.basis, basisOf(f)) || (copy.underway && same(copy.underway, saved));

/** Stores the values of the form in this browser; null if that failed. */
export const keep = (f) => put(keyOf(f), { page, basis: basisOf(f), underway, fields: valuesOf(f), at: Date.now() });

/** A request begins to save these values on the server. */
export const begin = (values) => (underway = values);

/** The server has these values now, as this version of the draft. */
export function confirm(f, values, version) {
  [saved, underway] = [values, null];
  if (leaving) put(newestOf(f), version);
  remove(keyOf(f));
}

const newestOf = (f) => [NEWEST, f.dataset.outbox];

// Whether this page was made before a draft that the server has confirmed since. Said once, so that no page loads for ever.
async function outdated(f) {
  const newest = await get(newestOf(f));
  if (newest) await remove(newestOf(f));
  return f.dataset.version < newest;
}

async function typed() {
  const f = form();
  const kept = await keep(f);
  if (kept && f.isConnected && !f.dataset.draft) say("kept");
}

// ---- copies are restored if the server has nothing newer, else they are offered ----

async function restore(accepted = null) {
  const f = form();
  if (f?.dataset.unsaved) {
    keep(f); // a refused submission was sent back in this page and is stored nowhere else
    say("kept");
  }
  if (accepted) remove(accepted);
  if (!f) return;
  if (!f.dataset.unsaved) saved = valuesOf(f);
  const shown = valuesOf(f);
  if (!f.dataset.unsaved && (await outdated(f))) return location.reload();
  others = await copiesOf(f);
  if (!f.isConnected) return;
  const last = others.at(-1);
  const untouched = same(shown, saved) && same(shown, valuesOf(f));
  if (last && untouched && follows(last, f) && !same(last.fields, saved)) {
    take(f, others.pop());
    const back = document.getElementById("back");
    if (back) back.hidden = false;
  }
  offer(f);
}

async function copiesOf(f) {
  const copies = await all(f.dataset.outbox);
  return copies.filter((copy) => copy.page !== page).sort((a, b) => a.at - b.at);
}

function take(f, copy) {
  fill(f, copy.fields);
  changed.fire({ field: "outbox" });
  remove(keyOf(f, copy.page));
}

function offer(f) {
  const shown = valuesOf(f);
  for (const copy of others) if (same(copy.fields, shown)) remove(keyOf(f, copy.page));
  others = others.filter((copy) => !same(copy.fields, shown));
  document.getElementById("kept").hidden = !others.length;
}

// The present values become a copy that is offered in its turn.
function setAside(f) {
  if (!same(valuesOf(f), saved)) others.unshift({ page, basis: basisOf(f), fields: valuesOf(f) });
  page = newPage();
}

const CHOICES = {
  use(f) {
    const copy = others.pop();
    setAside(f);
    take(f, copy);
  },
  drop(f) {
    remove(keyOf(f, others.pop().page));
  },
  saved(f) {
    setAside(f);
    fill(f, saved);
    say("saved");
  },
};

document.addEventListener("click", ({ target }) => {
  const choice = target.closest("[data-kept]");
  const f = form();
  if (!choice || !f) return;
  const back = document.getElementById("back");
  if (back) back.hidden = true;
  CHOICES[choice.dataset.kept](f);
  offer(f);
});

changed.on(typed);
addEventListener("beforeunload", () => (leaving = true));
sending.on(({ form: f }) => {
  if (f !== form()) leaving = true;
});
sent.on(({ form: f }) => {
  if (f.matches("[data-outbox]")) taken = keyOf(f);
});
screen.on(() => {
  const accepted = taken;
  [taken, others, underway, leaving, page] = [null, [], null, false, newPage()];
  restore(accepted);
});
restore();
