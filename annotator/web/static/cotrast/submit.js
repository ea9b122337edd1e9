// Forms with data-swap: sent in the background, and the answered page replaces this one. A form that cannot be sent stays on
// screen with a notice and is sent again: its submission key makes the second time harmless.

import { changed, due, screen, sending, sent, unsent } from "./events.js";
import { parsed, post, unreachable } from "./server.js";
import { say, sentence, write } from "./status.js";

const HEADERS = { Accept: "text/html", "Cotrast-Swaps": "yes" }; // ask for the next page itself instead of a redirect
const RETRY_MS = 5000;
const SLOW_MS = 1000;
const REFUSED = [409, 422]; // their page has everything that was typed

let retry = 0;
let again = null; // sends the waiting form again
let waiting = null; // the form that waits for a connection
let shown = location.pathname;

/** Replaces this page by a fetched one. */
export function swap(page, url) {
  document.getElementById("screen").replaceWith(document.adoptNode(page.getElementById("screen")));
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  if (url !== location.href) history.pushState(null, "", url);
  shown = location.pathname;
  const notice = document.querySelector(".notice.refused:not([hidden]), [data-answer]");
  if (!notice) window.scrollTo(0, 0);
  (notice ?? document.getElementById("main")).focus({ preventScroll: !notice });
  screen.fire();
}

// "" if the form was accepted, or refused with a page; else the reason to show, and the form stays on screen.
async function receive(answer, form) {
  const json = answer.headers.get("Content-Type") === "application/json" && (await answer.json());
  if (json && !answer.ok) return json.refusal;
  if (json) return goOn(json.next, form);
  const page = parsed(await answer.text());
  if (new URL(answer.url).pathname === document.getElementById("notice").dataset.login) return sentence("loggedOut");
  if (!page.getElementById("screen") || !(answer.ok || REFUSED.includes(answer.status))) return sentence("failed");
  if (answer.ok) sent.fire({ form });
  const place = answer.headers.get("Content-Location") ?? (answer.redirected ? answer.url : location.href);
  swap(page, new URL(place, location.href).href);
  return "";
}

// The next case is the prefetched one.
function goOn(path, form) {
  sent.fire({ form });
  due.fire({ url: new URL(path, location.href).href });
  return "";
}

// The button may be drawn anew while the form waits, as by a check of the text: its name and value are read apart.
function bodyOf(form, submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.append(submitter.name, submitter.value);
  return body;
}

async function send(form, submitter) {
  if (form.dataset.sending) return;
  stopWaiting();
  form.dataset.sending = "yes";
  delete form.dataset.unsent;
  const slow = setTimeout(() => say("sending"), SLOW_MS);
  const headers = { ...HEADERS };
  const waits = [];
  sending.fire({ form, headers, waits });
  let why = "";
  try {
    await Promise.all(waits);
    const action = submitter?.getAttribute("formaction") ?? form.action;
    why = await receive(await post(action, bodyOf(form, submitter), { headers }), form);
  } catch (error) {
    if (!unreachable(error)) throw error;
    why = sentence("offline");
  } finally {
    clearTimeout(slow);
    delete form.dataset.sending;
  }
  if (why) wait(form, submitter, why);
}

// A server error is not retried: it would only repeat itself.
function wait(form, submitter, why) {
  form.dataset.unsent = why;
  const own = form.querySelector("[data-notice]"); // a dialog covers the notice of the page
  if (own) write(own, why);
  else say("kept", why);
  unsent.fire({ form });
  if (why === sentence("failed")) return;
  waiting = form;
  again = () => form.isConnected && send(form, submitter);
  retry = setTimeout(again, RETRY_MS);
}

function stopWaiting() {
  clearTimeout(retry);
  again = waiting = null;
}

// Closing a dialog cancels the retry of its form. (`toggle` does not bubble.)
function cancelRetry({ newState, target }) {
  if (newState !== "closed" || !waiting || !target.contains(waiting)) return;
  write(waiting.querySelector("[data-notice]"), "");
  stopWaiting();
}

// A form being sent cannot be changed: the answer replaces the page, and the change would be lost.
function block(event) {
  if (!document.querySelector("form[data-sending]") || event.ctrlKey || event.metaKey) return;
  const free = event.type === "keydown" ? ["Tab", "PageUp", "PageDown"].includes(event.key) : event.target.closest("a, .bar");
  if (free) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

for (const type of ["beforeinput", "keydown", "mousedown", "click"]) document.addEventListener(type, block, true);
document.addEventListener("toggle", cancelRetry, true);

// A submission without an answer may have been accepted: once its form is changed, it is another submission.
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

// Back and forward to another case load it; a jump within the page does not.
addEventListener("popstate", () => location.pathname !== shown && location.reload());
