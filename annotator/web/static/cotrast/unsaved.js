// Forms without a draft on the server (the codebook, practice): what is typed is in the browser at once, stays there until
// the server has taken it, and is back when the page is opened again. Each page keeps a copy of its own, so that no tab
// writes over another one's.

import { fill, outbox, same, typedIn } from "./fields.js";
import { say } from "./sending.js";

const form = () => document.querySelector("form[data-outbox]");
const newPage = () => `${Date.now()}.${Math.random()}`;

let page = newPage(); // the name of this page's copy
let saved = null; // what the server had when this page was loaded; null where that is not known
let others = []; // copies that this page did not make, the newest last

// ---- the copies ----

const keyOf = (f, name) => [f.dataset.outbox, name];
const forget = (f, name) => outbox((store) => store.delete(keyOf(f, name)));

async function keep(f, instead = null) {
  const copy = { page, saved, fields: typedIn(f), at: Date.now() };
  const kept = await outbox((store) => {
    if (instead) store.delete(keyOf(f, instead));
    return store.put(copy, keyOf(f, copy.page));
  });
  if (kept && f.isConnected) say("kept");
}

async function copiesOf(f) {
  const name = [f.dataset.outbox];
  const all = await outbox((store) => store.getAll(IDBKeyRange.bound(name, [...name, []])));
  return (all ?? []).filter((copy) => copy.page !== page).sort((one, other) => one.at - other.at);
}

// ---- what was kept comes back by itself where the server has nothing newer, and is offered where it has ----

async function restore() {
  const f = form();
  if (!f) return;
  if (f.dataset.unsaved) await keep(f); // an answer that is a page brought back what was sent
  else saved = typedIn(f);
  const shown = typedIn(f);
  others = await copiesOf(f);
  if (!f.isConnected) return;
  const last = others.at(-1);
  if (last && same(last.saved, saved) && same(shown, saved) && same(shown, typedIn(f)) && !same(last.fields, saved)) {
    take(f, others.pop());
    document.getElementById("back").hidden = false;
  }
  offer(f);
}

function take(f, copy) {
  fill(f, copy.fields);
  keep(f, copy.page);
}

function offer(f) {
  const shown = typedIn(f);
  for (const copy of others) if (same(copy.fields, shown)) forget(f, copy.page);
  others = others.filter((copy) => !same(copy.fields, shown));
  document.getElementById("kept").hidden = !others.length;
}

// What stands here gives way and is offered in its turn.
function give(f) {
  if (!same(typedIn(f), saved)) others.unshift({ page, saved, fields: typedIn(f) });
  page = newPage();
}

const CHOICES = {
  use(f) {
    const copy = others.pop();
    give(f);
    take(f, copy);
  },
  drop(f) {
    forget(f, others.pop().page);
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
  document.getElementById("back").hidden = true;
  CHOICES[choice.dataset.kept](f);
  offer(f);
});

// ---- typing, and being sent (while a form is on its way it takes no typing: sending.js) ----

document.addEventListener("input", ({ target }) => {
  const f = form();
  if (f && target.form === f) keep(f);
});

// The answer to what was sent: a preview or a refusal holds what was typed; anything else has been saved.
document.addEventListener("screen", () => {
  const f = form();
  if (!f) return;
  if (!f.dataset.unsaved) saved = typedIn(f);
  if (f.dataset.unsaved) keep(f);
  else forget(f, page);
  offer(f);
});

// Rows that wait unseen are shown once they have words.
document.addEventListener("filled", () => {
  for (const row of form()?.querySelectorAll("fieldset[hidden]") ?? []) {
    row.hidden = ![...row.querySelectorAll("input[type=text], textarea")].some((field) => field.value);
  }
});

restore();
