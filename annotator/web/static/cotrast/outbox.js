// What is typed in the form of this page is in the browser at once, stays there until the server has it, and is back when
// the page is opened again: a lost connection, a closed tab or a crash loses nothing. Each page keeps a copy of its own, so
// that no tab writes over another one's. Whether the server has a draft as well is server_draft.js's.

import { changed, screen, sent } from "./events.js";
import { fill, form, same, valuesOf } from "./form_state.js";
import { all, put, remove } from "./local_copies.js";
import { say } from "./status.js";

const newPage = () => `${Date.now()}.${Math.random()}`;

let page = newPage(); // the name of this page's copy
let saved = null; // the values that the server has; null where that is not known
let others = []; // copies that this page did not make, the newest last
let taken = null; // the key of a copy whose form the server has taken, until its answer stands here

// ---- this page's copy ----

const keyOf = (f, name = page) => [f.dataset.outbox, name];
// A copy comes back by itself only where the server still has what its page began with.
const basisOf = (f) => (f.dataset.draft ? [f.elements.base_revision.value, f.dataset.version] : saved);

/** Keeps the values of the form in this browser; null where it cannot. */
export const keep = (f) => put(keyOf(f), { page, basis: basisOf(f), fields: valuesOf(f), at: Date.now() });

/** The server has these values now. */
export function confirm(f, values) {
  saved = values;
  remove(keyOf(f));
}

async function typed() {
  const f = form();
  const kept = await keep(f);
  if (kept && f.isConnected && !f.dataset.draft) say("kept");
}

// ---- copies come back by themselves where the server has nothing newer, and are offered where it has ----

async function restore(gone = null) {
  const f = form();
  if (f?.dataset.unsaved) {
    keep(f); // an answer that is a page brought back what was sent, and it is nowhere else
    say("kept");
  }
  if (gone) remove(gone);
  if (!f) return;
  if (!f.dataset.unsaved) saved = valuesOf(f);
  const shown = valuesOf(f);
  others = await copiesOf(f);
  if (!f.isConnected) return;
  const last = others.at(-1);
  const untouched = same(shown, saved) && same(shown, valuesOf(f));
  if (last && untouched && same(last.basis, basisOf(f)) && !same(last.fields, saved)) {
    take(f, others.pop());
    const back = document.getElementById("back");
    if (back) back.hidden = false;
  }
  offer(f);
}

async function copiesOf(f) {
  const copies = await all(f.dataset.outbox);
  return copies.filter((copy) => copy.page !== page).sort((one, other) => one.at - other.at);
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

// What stands here gives way and is offered in its turn.
function give(f) {
  if (!same(valuesOf(f), saved)) others.unshift({ page, basis: basisOf(f), fields: valuesOf(f) });
  page = newPage();
}

const CHOICES = {
  use(f) {
    const copy = others.pop();
    give(f);
    take(f, copy);
  },
  drop(f) {
    remove(keyOf(f, others.pop().page));
  },
  saved(f) {
    give(f);
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
sent.on(({ form: f }) => {
  if (f.matches("[data-outbox]")) taken = keyOf(f);
});
screen.on(() => {
  const gone = taken;
  [taken, others, page] = [null, [], newPage()];
  restore(gone);
});
restore();
