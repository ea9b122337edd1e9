// Keeps what is typed: in the browser at once, on the server within a second. The browser's copy goes when the server
// has confirmed, so that a lost connection, a closed tab or a crash loses nothing.

import { changed, fill, form, same, typedIn } from "./fields.js";
import { post, say } from "./sending.js";

const QUIET_MS = 600;
const RETRY_MS = 5000;
let timer = 0;
let saving = null;
let dirty = false;
// A save whose answer never came may have been stored: it is repeated as it was, which is harmless, before any newer.
let unanswered = null;

const outboxName = (f) => `cotrast:outbox:${f.dataset.owner}:${f.dataset.case}`;
const basis = (f) => `${f.elements.base_revision.value}.${f.dataset.version}`;
const outbox = (f) => JSON.parse(localStorage.getItem(outboxName(f)));

function schedule(after) {
  clearTimeout(timer);
  timer = setTimeout(save, after);
}

function remember(f) {
  try {
    localStorage.setItem(outboxName(f), JSON.stringify({ basis: basis(f), fields: typedIn(f) }));
  } catch {
    // The browser's store is full or forbidden: the server's copy is the only one then.
  }
}

function typed() {
  const f = form();
  dirty = true;
  remember(f);
  if (f.dataset.stale) return;
  say("typing");
  schedule(QUIET_MS);
}

function snapshot(f) {
  const body = new FormData(f);
  body.set("version", f.dataset.version);
  return { body, fields: typedIn(f) };
}

async function save() {
  const f = form();
  if (!f || !dirty || saving || f.dataset.stale) return;
  unanswered ??= snapshot(f);
  saving = new AbortController();
  try {
    const response = await post(f.dataset.draft, unanswered.body, { signal: saving.signal, keepalive: document.hidden });
    const answer = await response.json();
    if (f.isConnected) receive(f, response, answer);
  } catch {
    if (!f.isConnected || f.dataset.sending) return;
    say("kept", f.dataset.offline);
    schedule(RETRY_MS);
  } finally {
    saving = null;
  }
}

function receive(f, response, answer) {
  const sent = unanswered.fields;
  unanswered = null;
  if (response.status === 401) {
    say("kept", answer.refusal);
    schedule(RETRY_MS);
  } else if (!response.ok) {
    f.dataset.stale = "yes";
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
  localStorage.removeItem(outboxName(f));
  say("saved", "", answer.saved_at);
}

// What this browser kept comes back by itself if the server has nothing newer, and is offered if it has.
function restore() {
  unanswered = null;
  dirty = false;
  const f = form();
  const kept = f && outbox(f);
  if (!kept) return;
  if (same(kept.fields, typedIn(f))) {
    localStorage.removeItem(outboxName(f));
  } else if (kept.basis === basis(f)) {
    fill(f, kept.fields);
    changed();
  } else {
    document.getElementById("kept").hidden = false;
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-kept]");
  const f = form();
  if (!choice || !f) return;
  document.getElementById("kept").hidden = true;
  if (choice.dataset.kept === "use") {
    fill(f, outbox(f).fields);
    changed();
  } else {
    localStorage.removeItem(outboxName(f));
  }
});

document.addEventListener("changed", typed);
document.addEventListener("sending", (event) => {
  if (!event.detail.form.matches("[data-draft]")) return;
  clearTimeout(timer);
  saving?.abort();
});
document.addEventListener("sent", (event) => {
  if (event.detail.form.matches("[data-draft]")) localStorage.removeItem(outboxName(event.detail.form));
});
document.addEventListener("visibilitychange", () => document.hidden && save());
document.addEventListener("screen", restore);
addEventListener("online", save);
restore();
