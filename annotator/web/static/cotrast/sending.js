// The way to the server: `post` for whatever is sent in the background, `say` for how things stand, and forms marked
// data-swap, whose answer is swapped in. What cannot be sent stays on screen, is said in words and is sent again: the
// submission key in the form makes the second time harmless.

import { locale } from "./page.js";

const TOKEN = "csrfmiddlewaretoken";
const HEADERS = { Accept: "text/html", "Cotrast-Swaps": "yes" }; // the answer is the page to go on with, not the way to it
const RETRY_MS = 5000;
const MOST_MS = 20_000; // without an answer for so long there is no connection
const SLOW_MS = 1000;
const AWAY = [502, 503, 504]; // what a proxy answers while the server is not there
const WITH_A_PAGE = [409, 422]; // refusals, whose page has all that was typed

// ---- background and state ----

const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
const personOf = (page) => page.getElementById("screen")?.dataset.person ?? "";

/** Whether this says that the server was not reached. */
export const unreachable = (error) => error instanceof TypeError || error.name === "TimeoutError";

async function ask(url, { signal, ...options }) {
  const limit = AbortSignal.timeout(MOST_MS);
  const answer = await fetch(url, { ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  if (AWAY.includes(answer.status)) throw new TypeError(`${url}: ${answer.status}`);
  return answer;
}

/** Posts a FormData. Throws only when there is no connection. Logging in again, in another tab, makes the token of this
    page stale: a new one is fetched once. Where somebody else has logged in, nothing is sent in their name. */
export async function post(url, body, options = {}) {
  const send = () => ask(url, { method: "POST", body, ...options });
  const answer = await send();
  if (answer.status !== 403) return answer;
  const page = parsed(await (await ask(location.href, { headers: { Accept: "text/html" } })).text());
  if (personOf(page) && personOf(page) !== personOf(document)) {
    return Response.json({ refusal: document.getElementById("said").dataset.somebodyElse }, { status: 401 });
  }
  const token = page.querySelector(`input[name=${TOKEN}]`)?.value;
  if (!token) return answer;
  for (const field of document.querySelectorAll(`input[name=${TOKEN}]`)) field.value = token;
  body.set(TOKEN, token);
  return send();
}

/** Says how things stand ("saved", "typing", "sending" or "kept"), with a sentence where one is needed. The word changes only
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
let waiting = null; // the form that it sends
let shown = location.pathname;

/** Puts a fetched page in the place of this one. */
export function swap(page, url) {
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
function due(path, form) {
  sent(form);
  document.dispatchEvent(new CustomEvent("due", { detail: { url: new URL(path, location.href).href } }));
  return "";
}

// "" when the form was taken or refused with its page; else why it was not, and everything stays on screen.
async function receive(answer, form) {
  const told = answer.headers.get("Content-Type") === "application/json" && (await answer.json());
  if (told && !answer.ok) return told.refusal;
  if (told) return due(told.next, form);
  const page = parsed(await answer.text());
  if (new URL(answer.url).pathname === form.dataset.login) return form.dataset.loggedOut;
  if (!page.getElementById("screen") || !(answer.ok || WITH_A_PAGE.includes(answer.status))) return form.dataset.failed;
  if (answer.ok) sent(form);
  const place = answer.headers.get("Content-Location") ?? (answer.redirected ? answer.url : location.href);
  swap(page, new URL(place, location.href).href);
  return "";
}

async function send(form, submitter) {
  if (form.dataset.sending) return;
  stopWaiting();
  form.dataset.sending = "yes";
  delete form.dataset.unsent;
  const slow = setTimeout(() => say("sending"), SLOW_MS);
  const headers = { ...HEADERS };
  document.dispatchEvent(new CustomEvent("sending", { detail: { form, headers } }));
  let why = "";
  try {
    const body = new FormData(form, submitter);
    why = await receive(await post(form.action, body, { headers }), form);
  } catch (error) {
    if (!unreachable(error)) throw error;
    why = form.dataset.offline;
  } finally {
    clearTimeout(slow);
    delete form.dataset.sending;
  }
  if (why) wait(form, submitter, why);
}

// What a fault of the server has stopped is not repeated: it would only happen again.
function wait(form, submitter, why) {
  form.dataset.unsent = why;
  const own = form.querySelector("[data-said]"); // a dialog covers the notice of the page
  if (own) write(own, why);
  else say("kept", why);
  document.dispatchEvent(new CustomEvent("unsent", { detail: { form } }));
  if (why === form.dataset.failed) return;
  waiting = form;
  again = () => form.isConnected && send(form, submitter);
  retry = setTimeout(again, RETRY_MS);
}

function stopWaiting() {
  clearTimeout(retry);
  again = waiting = null;
}

// Who takes a dialog back takes back what it was about to send. (`toggle` does not bubble.)
function takeBack({ newState, target }) {
  if (newState !== "closed" || !waiting || !target.contains(waiting)) return;
  write(waiting.querySelector("[data-said]"), "");
  stopWaiting();
}

// What is on its way is not changed: the change would be lost with the page that the answer replaces.
function hold(event) {
  if (!document.querySelector("form[data-sending]") || event.ctrlKey || event.metaKey) return;
  const free = event.type === "keydown" ? ["Tab", "PageUp", "PageDown"].includes(event.key) : event.target.closest("a, .bar");
  if (free) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

for (const type of ["beforeinput", "keydown", "mousedown", "click"]) document.addEventListener(type, hold, true);
document.addEventListener("toggle", takeBack, true);

// What was tried may have been taken, though no answer came: once it is changed it is another submission.
document.addEventListener("changed", () => {
  const key = document.querySelector("form[data-draft][data-unsent]")?.elements.submission_key;
  if (key) key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-swap]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

addEventListener("online", () => again?.());

// Back and forward lead to another case; a jump within the page leads nowhere.
addEventListener("popstate", () => location.pathname !== shown && location.reload());
