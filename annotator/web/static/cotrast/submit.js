// Forms marked data-swap: they are sent in the background, and the page of the answer takes the place of this one. What
// cannot be sent stays on screen, is said in words and is sent again: the submission key in the form makes the second time
// harmless.

import { changed, due, screen, sending, sent, unsent } from "./events.js";
import { parsed, post, unreachable } from "./server.js";
import { say, write } from "./status.js";

const HEADERS = { Accept: "text/html", "Cotrast-Swaps": "yes" }; // the answer is the page to go on with, not the way to it
const RETRY_MS = 5000;
const SLOW_MS = 1000;
const WITH_A_PAGE = [409, 422]; // refusals, whose page has all that was typed

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
  screen.fire();
}

// "" when the form was taken or refused with its page; else why it was not, and everything stays on screen.
async function receive(answer, form) {
  const json = answer.headers.get("Content-Type") === "application/json" && (await answer.json());
  if (json && !answer.ok) return json.refusal;
  if (json) return goOn(json.next, form);
  const page = parsed(await answer.text());
  if (new URL(answer.url).pathname === form.dataset.login) return form.dataset.loggedOut;
  if (!page.getElementById("screen") || !(answer.ok || WITH_A_PAGE.includes(answer.status))) return form.dataset.failed;
  if (answer.ok) sent.fire({ form });
  const place = answer.headers.get("Content-Location") ?? (answer.redirected ? answer.url : location.href);
  swap(page, new URL(place, location.href).href);
  return "";
}

// The next case is the one whose page is here already.
function goOn(path, form) {
  sent.fire({ form });
  due.fire({ url: new URL(path, location.href).href });
  return "";
}

async function send(form, submitter) {
  if (form.dataset.sending) return;
  stopWaiting();
  form.dataset.sending = "yes";
  delete form.dataset.unsent;
  const slow = setTimeout(() => say("sending"), SLOW_MS);
  const headers = { ...HEADERS };
  sending.fire({ form, headers });
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
  unsent.fire({ form });
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
function block(event) {
  if (!document.querySelector("form[data-sending]") || event.ctrlKey || event.metaKey) return;
  const free = event.type === "keydown" ? ["Tab", "PageUp", "PageDown"].includes(event.key) : event.target.closest("a, .bar");
  if (free) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

for (const type of ["beforeinput", "keydown", "mousedown", "click"]) document.addEventListener(type, block, true);
document.addEventListener("toggle", takeBack, true);

// What was tried may have been taken, though no answer came: once it is changed it is another submission.
changed.on(() => {
  const key = document.querySelector("form[data-outbox][data-unsent]")?.elements.submission_key;
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
