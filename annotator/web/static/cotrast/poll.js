// Parts of a page that come from the server on their own: fetched, put in their place, fetched again while they ask for
// it. Knows no part's meaning.
//
// data-poll="URL" on an element with an id: the element of that id in the answer takes its place, and goes on if it has
// data-poll itself. data-every="2": seconds before each fetch, and pauses while the tab is hidden; without it the fetch is at
// once. data-appends="found": what #found has in the answer is appended to #found here. data-failed inside: the words for
// a failed fetch. On a form or link, data-part="pairs": its answer's #pairs takes the place of #pairs.

import { part } from "./events.js";
import { unreachable } from "./server.js";

const RETRY_S = 2;
const LONGEST_S = 60;
const HEADERS = { Accept: "text/html", "Cotrast-Fragment": "yes" };

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

async function inView() {
  while (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

class WrongAnswer extends Error {}

async function fetched(url, id) {
  const answer = await fetch(url, { headers: HEADERS });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || !page.getElementById(id)) throw new WrongAnswer(`${url}: ${answer.status}, #${id}`);
  return page;
}

// The reader's place is kept: what had the focus has it again if it is still there.
function replace(element, page) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceWith(document.adoptNode(page.getElementById(element.id)));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function poll(element) {
  const every = Number(element.dataset.every ?? 0);
  for (let wait = every; ; wait = Math.min(2 * (wait || RETRY_S), LONGEST_S)) {
    await pause(wait);
    if (every) await inView();
    if (!element.isConnected) return;
    try {
      const page = await fetched(element.dataset.poll, element.id);
      if (!element.isConnected) return;
      const list = element.dataset.appends;
      if (list) document.getElementById(list).append(...(page.getElementById(list)?.children ?? []));
      replace(element, page);
      return part.fire();
    } catch (error) {
      const wrong = error instanceof WrongAnswer;
      if (!wrong && !unreachable(error)) throw error;
      fail(element);
      // What a fault of the server has stopped is not repeated, unless it is asked for again and again anyway.
      if (wrong && !every) return;
    }
  }
}

function fail(element) {
  element.removeAttribute("aria-busy");
  for (const waiting of element.querySelectorAll(".computing")) waiting.hidden = true;
  for (const words of element.querySelectorAll("[data-failed]")) words.hidden = false;
}

const begun = new WeakSet();

function pollAll() {
  for (const element of document.querySelectorAll("[data-poll]")) {
    if (begun.has(element)) continue;
    begun.add(element);
    poll(element);
  }
}

// ---- forms and links whose answer is a part of this page; where it does not come, they lead to a page as without a script ----

async function follow(event, control, url, fallback) {
  event.preventDefault();
  const element = document.getElementById(control.dataset.part);
  try {
    replace(element, await fetched(url, element.id));
  } catch (error) {
    if (!(error instanceof WrongAnswer) && !unreachable(error)) throw error;
    return fallback();
  }
  if (control.matches("a")) document.getElementById(control.dataset.part).scrollIntoView();
  part.fire();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-part]")) return;
  follow(event, form, `${form.dataset.from}?${new URLSearchParams(new FormData(form))}`, () => form.submit());
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-part]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  follow(event, link, link.dataset.from, () => location.assign(link.href));
});
part.on(pollAll);
pollAll();
