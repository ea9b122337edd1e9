// The draft on the server: saved within a second of a change, so that it is available on every device. The browser's copy
// (outbox.js) is removed when the server has confirmed. A draft that another tab or device has saved since is never
// overwritten: from then on the text of this page is in the browser alone, until it is submitted.

import { changed, screen, sending, unsent } from "./events.js";
import { form, same, valuesOf } from "./form_state.js";
import { begin, confirm, keep } from "./outbox.js";
import { post } from "./server.js";
import { say, sentence } from "./status.js";

const QUIET_MS = 500;
const MAX_DELAY_MS = 900; // also while somebody types without a pause
const RETRY_MS = 5000;
const ANSWER_MS = 2000; // how long a submission waits for the answer to a save
const KEPT_ALIVE_BYTES = 50_000; // browsers send at most 64 KiB for a page that is hidden
let timer = 0;
let since = null; // the time of the oldest unsaved change
let saving = null; // { answered, abort } of the save under way
let dirty = false;
// A save without an answer may have been stored: it is repeated unchanged, which is harmless, before any newer one.
let unanswered = null;

function schedule(after) {
  clearTimeout(timer);
  timer = setTimeout(save, after);
}

function typed() {
  const f = form();
  dirty = true;
  if (f.dataset.unsaved) return;
  say("typing", f.dataset.unsent);
  since ??= performance.now();
  schedule(Math.min(QUIET_MS, Math.max(0, since + MAX_DELAY_MS - performance.now())));
}

function save() {
  const f = form();
  if (!f || !dirty || saving || f.dataset.unsaved || f.dataset.sending) return;
  unanswered ??= { body: new FormData(f), fields: valuesOf(f) };
  since = null;
  const abort = new AbortController();
  begin(unanswered.fields);
  saving = { abort, answered: send(f, abort.signal) };
}

async function send(f, signal) {
  const keepalive = document.hidden && new Blob([JSON.stringify(unanswered.fields)]).size < KEPT_ALIVE_BYTES;
  try {
    const response = await post(f.dataset.draft, unanswered.body, { signal, keepalive });
    const answer = response.headers.get("Content-Type") === "application/json" ? await response.json() : null;
    if (f.isConnected) receive(f, response, answer);
  } catch {
    if (f.isConnected && !f.dataset.sending) later(f, sentence("offline"));
  } finally {
    saving = null;
  }
}

function later(f, why) {
  say("kept", f.dataset.unsent || why);
  schedule(RETRY_MS);
}

function receive(f, response, answer) {
  if (!answer) return later(f, sentence("failed")); // an error page of the server or a proxy
  const { fields } = unanswered;
  unanswered = null;
  if (response.status === 401) {
    later(f, answer.refusal);
  } else if (!response.ok && f.dataset.unsent) {
    say("kept", f.dataset.unsent); // the submission may have arrived after all: its retry will show
  } else if (!response.ok) {
    f.dataset.unsaved = "yes";
    keep(f);
    say("kept", answer.refusal);
  } else {
    confirmed(f, fields, answer);
  }
}

function confirmed(f, fields, answer) {
  f.dataset.version = answer.version;
  confirm(f, fields, answer.version);
  if (!same(valuesOf(f), fields)) {
    keep(f);
    return typed();
  }
  dirty = false;
  say("saved", f.dataset.unsent, answer.saved_at);
}

// Every request names the draft version of this page, so that the server refuses to overwrite a newer draft of another tab.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.matches("[data-draft]")) formData.set("version", target.dataset.version);
});
changed.on(typed);
// A submission names the version that is saved before it: one that overtook the answer would be refused as another tab's.
sending.on(({ form: f, waits }) => {
  if (!f.matches("[data-draft]")) return;
  clearTimeout(timer);
  if (saving) waits.push(answeredSoon(saving));
});

async function answeredSoon({ abort, answered }) {
  const late = setTimeout(() => abort.abort(), ANSWER_MS);
  await answered;
  clearTimeout(late);
}
// The submission failed, so the draft must be saved.
unsent.on(({ form: f }) => f === form() && dirty && schedule(0));
screen.on(() => {
  [unanswered, since, dirty] = [null, null, false];
});
document.addEventListener("visibilitychange", () => document.hidden && save());
addEventListener("online", save);
