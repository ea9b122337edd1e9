// What goes on beside the work on an open case: its hold is renewed every minute, the seconds that it is in view are
// counted, and the page of the next case is fetched.

import { post, say, swap, unreachable } from "./sending.js";

const TOKEN = "csrfmiddlewaretoken";
const HEADER = "Cotrast-Ahead";
const BEAT_MS = 60_000;
const AFTER_MS = 1500; // the page that is being looked at comes first

// ---- the hold ----

/** Renews the hold at once; `renewed` tells what the server answered. */
export async function beat() {
  const held = document.querySelector("form[data-renew]");
  if (!held) return;
  try {
    const response = await post(held.dataset.renew, new FormData(held));
    if (response.headers.get("Content-Type") !== "application/json") return; // of something in between
    const answer = await response.json();
    if (!response.ok) say("kept", answer.refusal);
    else if (held.isConnected) document.dispatchEvent(new CustomEvent("renewed", { detail: answer }));
  } catch (error) {
    // No connection: the draft says so when something is typed, and a hold comes back with the next beat.
    if (!unreachable(error)) throw error;
  }
}

setInterval(beat, BEAT_MS);

// ---- the seconds that the case was in view, which go with the judgement ----

let seen = 0;
let since = null;

function watch() {
  since = document.hidden ? null : performance.now();
}

function elapsed() {
  return seen + (since === null ? 0 : performance.now() - since);
}

document.addEventListener("visibilitychange", () => {
  seen = elapsed();
  watch();
});

document.addEventListener("formdata", (event) => {
  if (event.formData.has("seconds")) event.formData.set("seconds", String(Math.round(elapsed() / 1000)));
});

watch();

// ---- the page of the next case: going on then waits for one short answer. The server has the last word on which case is
// next; where it names another one, that page comes with its answer ----

let kept = null; // { assignment, page }
let timer = 0;

async function look() {
  const form = document.querySelector("form[data-ahead]");
  if (!form || kept) return;
  try {
    const body = new URLSearchParams({ [TOKEN]: form.elements[TOKEN].value });
    const answer = await fetch(form.dataset.ahead, { method: "POST", body });
    if (answer.status !== 200 || !form.isConnected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    kept = { assignment: answer.headers.get(HEADER), page };
  } catch (error) {
    // No connection: the next case is fetched when it is due.
    if (!unreachable(error)) throw error;
  }
}

function wait() {
  clearTimeout(timer);
  timer = setTimeout(look, AFTER_MS);
}

// What is sent while the page of the next case is here says so.
document.addEventListener("sending", ({ detail: { headers } }) => {
  if (kept) headers[HEADER] = kept.assignment;
});
document.addEventListener("due", ({ detail: { url } }) => {
  const { page } = kept;
  kept = null;
  swap(page, url);
});

// ---- from case to case ----

// A case keeps its count of seconds through its two steps; the next case starts at nought. A page that was fetched and is
// not the one that came is of no use any more.
let current = location.pathname;
document.addEventListener("screen", () => {
  if (location.pathname !== current) {
    current = location.pathname;
    seen = 0;
    watch();
    kept = null;
  }
  wait();
});
wait();
