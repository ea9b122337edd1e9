// The way to the server: `post` for whatever is sent in the background, `say` for how things stand, forms marked
// data-swap, whose answer is swapped in, and the hold of an open case, which is renewed every minute. What cannot be sent
// stays on screen, is said in words and is sent again: the submission key in the form makes the second time harmless.

import { aheadHeaders, takeAhead } from "./ahead.js";
import { locale } from "./page.js";

const TOKEN = "csrfmiddlewaretoken";
const HEADERS = { Accept: "text/html", "Cotrast-Swaps": "yes" }; // the answer is the page to go on with, not the way to it
const RETRY_MS = 5000;
const BEAT_MS = 60_000;

// ---- background and state ----

// Logging in again, in another tab, makes the token of this page stale; a new one is fetched once.
async function freshToken() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector(`input[name=${TOKEN}]`)?.value;
  if (token) for (const field of document.querySelectorAll(`input[name=${TOKEN}]`)) field.value = token;
  return token;
}

/** Posts a FormData. Throws only when there is no connection. */
export async function post(url, body, options = {}) {
  const send = () => fetch(url, { method: "POST", body, ...options });
  const answer = await send();
  if (answer.status !== 403) return answer;
  const token = await freshToken();
  if (!token) return answer;
  body.set(TOKEN, token);
  return send();
}

/** Says how things stand ("saved", "typing" or "kept"), with a sentence where one is needed. The word changes only
    when the state does, so that it is read aloud once. */
export function say(state, sentence = "", at = null) {
  const place = document.getElementById("saved");
  const time = place.querySelector("time");
  write(place.querySelector("[role=status]"), place.dataset[state]);
  place.dataset.state = state;
  time.hidden = state !== "saved";
  if (at) time.textContent = new Date(at).toLocaleTimeString(locale());
  const notice = document.getElementById("said");
  notice.hidden = !sentence;
  write(notice.querySelector("[role=status]"), sentence);
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// ---- forms ----

let retry = 0;
let again = null; // what sends once more, while it waits for a connection
let shown = location.pathname;

function swap(page, url) {
  document.getElementById("screen").replaceWith(document.adoptNode(page.getElementById("screen")));
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  if (url !== location.href) history.pushState(null, "", url);
  shown = location.pathname;
  const said = document.querySelector(".notice.refused:not([hidden]), [data-answer]");
  if (!said) window.scrollTo(0, 0);
  (said ?? document.getElementById("main")).focus({ preventScroll: !said });
  document.dispatchEvent(new Event("screen"));
}

function sent(form) {
  document.dispatchEvent(new CustomEvent("sent", { detail: { form } }));
}

// The next case is the one whose page is here already.
function goOn(path, form) {
  sent(form);
  swap(takeAhead(), new URL(path, location.href).href);
}

async function receive(answer, form) {
  if (answer.ok && answer.headers.get("Content-Type") === "application/json") return goOn((await answer.json()).next, form);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (new URL(answer.url).pathname === form.dataset.login) return say("kept", form.dataset.loggedOut);
  if (!page.getElementById("screen") || answer.status >= 500) return say("kept", form.dataset.failed);
  if (answer.ok) sent(form);
  const place = answer.headers.get("Content-Location") ?? (answer.redirected ? answer.url : location.href);
  return swap(page, new URL(place, location.href).href);
}

async function send(form, submitter) {
  if (form.dataset.sending) return;
  clearTimeout(retry);
  again = null;
  form.dataset.sending = "yes";
  document.dispatchEvent(new CustomEvent("sending", { detail: { form } }));
  try {
    const body = new FormData(form, submitter);
    await receive(await post(form.action, body, { headers: { ...HEADERS, ...aheadHeaders() } }), form);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    say("kept", form.dataset.offline);
    again = () => form.isConnected && send(form, submitter);
    retry = setTimeout(again, RETRY_MS);
  } finally {
    delete form.dataset.sending;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-swap]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

addEventListener("online", () => again?.());

// Back and forward lead to another case; a jump within the page leads nowhere.
addEventListener("popstate", () => location.pathname !== shown && location.reload());

// ---- the hold, and the seconds that the case was in view, which go with the judgement ----

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

// A case keeps its count through its two steps; the next case starts at nought.
let current = location.pathname;
document.addEventListener("screen", () => {
  if (location.pathname === current) return;
  current = location.pathname;
  seen = 0;
  watch();
});

document.addEventListener("formdata", (event) => {
  if (event.formData.has("seconds")) event.formData.set("seconds", String(Math.round(elapsed() / 1000)));
});

/** Renews the hold at once; `renewed` tells what the server answered. */
export async function beat() {
  const held = document.querySelector("form[data-renew]");
  if (!held) return;
  try {
    const response = await post(held.dataset.renew, new FormData(held));
    const answer = await response.json();
    if (!response.ok) say("kept", answer.refusal);
    else if (held.isConnected) document.dispatchEvent(new CustomEvent("renewed", { detail: answer }));
  } catch (error) {
    // No connection: the draft says so when something is typed, and a hold comes back with the next beat.
    if (!(error instanceof TypeError)) throw error;
  }
}

watch();
setInterval(beat, BEAT_MS);
