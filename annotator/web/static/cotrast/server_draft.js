// The server's copy of what is typed: saved within a second of a change, so that it is there on every device. The browser's
// copy (outbox.js) goes when the server has confirmed. A draft that another tab or device has saved since is never written
// over: from then on the words of this page are in the browser alone, until they are submitted.

import { changed, screen, sending, unsent } from "./events.js";
import { form, same, valuesOf } from "./form_state.js";
import { confirm, keep } from "./outbox.js";
import { post } from "./server.js";
import { say } from "./status.js";

const QUIET_MS = 500;
const MOST_MS = 900; // also while somebody types without a pause
const RETRY_MS = 5000;
let timer = 0;
let since = null; // when the oldest change was made that is on its way to the server
let saving = null;
let dirty = false;
// A save whose answer never came may have been stored: it is repeated as it was, which is harmless, before any newer.
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
  schedule(Math.min(QUIET_MS, Math.max(0, since + MOST_MS - performance.now())));
}

async function save() {
  const f = form();
  if (!f || !dirty || saving || f.dataset.unsaved) return;
  unanswered ??= { body: new FormData(f), fields: valuesOf(f) };
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
  const { fields } = unanswered;
  unanswered = null;
  if (response.status === 401) {
    later(f, answer.refusal);
  } else if (!response.ok && f.dataset.unsent) {
    say("kept", f.dataset.unsent); // the submission may have arrived after all: sending it again tells
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
  confirm(f, fields);
  if (!same(valuesOf(f), fields)) {
    keep(f);
    return typed();
  }
  dirty = false;
  say("saved", f.dataset.unsent, answer.saved_at);
}

// Whatever is sent says which draft this page knows: another tab's, which it does not, is written over by nothing.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.matches("[data-draft]")) formData.set("version", target.dataset.version);
});
changed.on(typed);
sending.on(({ form: f }) => {
  if (!f.matches("[data-draft]")) return;
  clearTimeout(timer);
  saving?.abort();
});
// The submission did not get through: the draft is to.
unsent.on(({ form: f }) => f === form() && dirty && schedule(0));
screen.on(() => {
  [unanswered, since, dirty] = [null, null, false];
});
document.addEventListener("visibilitychange", () => document.hidden && save());
addEventListener("online", save);
