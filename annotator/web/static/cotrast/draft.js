// Keeps what is typed: in the browser at once, on the server within a second. The browser's copy goes when the server
// has confirmed, so that a lost connection, a closed tab or a crash loses nothing.

import { changed, fill, form, outbox, same, typedIn } from "./fields.js";
import { post, say } from "./sending.js";

const QUIET_MS = 500;
const MOST_MS = 900; // also while somebody types without a pause
const RETRY_MS = 5000;
let timer = 0;
let since = null; // when the oldest change was made that is on its way to the server
let saving = null;
let dirty = false;
// A save whose answer never came may have been stored: it is repeated as it was, which is harmless, before any newer.
let unanswered = null;
let offered = null; // what this browser kept and the reader may take or drop

const basis = (f) => `${f.elements.base_revision.value}.${f.dataset.version}`;
// A tab whose saves are refused, as another one saved since, keeps its words in a place of its own.
const REFUSED = ":refused";
const nameOf = (f) => f.dataset.outbox + (f.dataset.stale ? REFUSED : "");

// ---- the browser's copy; where there can be none, the server's is the only one ----

const remember = (f) => outbox((store) => store.put({ basis: basis(f), fields: typedIn(f) }, nameOf(f)));
const forget = (name) => outbox((store) => store.delete(name));

// ---- the server's copy ----

function schedule(after) {
  clearTimeout(timer);
  timer = setTimeout(save, after);
}

function typed() {
  const f = form();
  dirty = true;
  remember(f);
  if (f.dataset.stale) return;
  say("typing", f.dataset.unsent);
  since ??= performance.now();
  schedule(Math.min(QUIET_MS, Math.max(0, since + MOST_MS - performance.now())));
}

function snapshot(f) {
  return { body: new FormData(f), fields: typedIn(f) };
}

async function save() {
  const f = form();
  if (!f || !dirty || saving || f.dataset.stale) return;
  unanswered ??= snapshot(f);
  since = null;
  saving = new AbortController();
  try {
    const response = await post(f.dataset.draft, unanswered.body, { signal: saving.signal, keepalive: document.hidden });
    const answer = response.headers.get("Content-Type") === "application/json" ? await response.json() : null;
    if (f.isConnected) receive(f, response, answer);
  } catch {
    if (f.isConnected && !f.dataset.sending) later(f, f.dataset.offline);
  } finally {
    saving = null;
  }
}

function later(f, sentence) {
  say("kept", f.dataset.unsent || sentence);
  schedule(RETRY_MS);
}

function receive(f, response, answer) {
  if (!answer) return later(f, f.dataset.failed); // a page of the server, or of something in between
  const sent = unanswered.fields;
  unanswered = null;
  if (response.status === 401) {
    later(f, answer.refusal);
  } else if (!response.ok && f.dataset.unsent) {
    say("kept", f.dataset.unsent); // the submission may have arrived after all: sending it again tells
  } else if (!response.ok) {
    f.dataset.stale = "yes";
    remember(f);
    say("kept", answer.refusal);
  } else {
    confirmed(f, sent, answer);
  }
}

function confirmed(f, sent, answer) {
  f.dataset.version = answer.version;
  if (!same(typedIn(f), sent)) {
    typed();
    return;
  }
  dirty = false;
  forget(nameOf(f));
  say("saved", f.dataset.unsent, answer.saved_at);
}

// ---- what this browser kept comes back by itself if the server has nothing newer, and is offered if it has ----

async function restore() {
  unanswered = since = offered = null;
  dirty = false;
  const f = form();
  if (!f) return;
  if (f.dataset.stale) {
    // A refused page brought back words that are nowhere else, as another tab's draft is on the server.
    remember(f);
    return say("kept");
  }
  const name = nameOf(f);
  const [kept, refused] = await Promise.all([name, name + REFUSED].map((each) => outbox((store) => store.get(each))));
  if (!f.isConnected) return;
  if (kept?.basis === basis(f) && !dirty && !same(kept.fields, typedIn(f))) {
    fill(f, kept.fields);
    changed();
  } else {
    offer(f, kept, name);
  }
  offer(f, refused, name + REFUSED);
}

function offer(f, kept, name) {
  if (!kept) return;
  if (same(kept.fields, typedIn(f))) {
    if (!dirty) forget(name);
    return;
  }
  if (offered && same(offered.fields, kept.fields)) forget(offered.name);
  offered = { name, fields: kept.fields };
  document.getElementById("kept").hidden = false;
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-kept]");
  const f = form();
  if (!choice || !f || !offered) return;
  document.getElementById("kept").hidden = true;
  forget(offered.name);
  if (choice.dataset.kept === "use") {
    fill(f, offered.fields);
    changed();
  }
  offered = null;
});

// Whatever is sent says which draft this page knows: another tab's, which it does not, is written over by nothing.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.matches("[data-draft]")) formData.set("version", target.dataset.version);
});
document.addEventListener("changed", typed);
document.addEventListener("sending", (event) => {
  if (!event.detail.form.matches("[data-draft]")) return;
  clearTimeout(timer);
  saving?.abort();
});
// The submission did not get through: the draft is to.
document.addEventListener("unsent", (event) => event.detail.form === form() && dirty && schedule(0));
document.addEventListener("sent", (event) => {
  if (event.detail.form.matches("[data-draft]")) forget(nameOf(event.detail.form));
});
document.addEventListener("visibilitychange", () => document.hidden && save());
document.addEventListener("screen", restore);
addEventListener("online", save);
restore();
