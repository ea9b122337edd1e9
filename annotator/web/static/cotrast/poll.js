// Parts of a page that are fetched separately: replaced by the answer, and fetched again while the answer polls too. Does not
// know what a part contains.
//
// data-poll="URL" on an element with an id: the element of that id in the answer replaces it, and polling continues if the
// new one has data-poll. data-every="2": seconds before each fetch, paused while the tab is hidden; without it the fetch is
// immediate. data-appends="found": the children of the answer's #found are appended to #found here. data-failed inside: the
// sentence shown after a failed fetch. data-part="pairs" on a form or link: its answer's #pairs replaces #pairs.

import { part, screen } from "./events.js";
import { unreachable } from "./server.js";

const RETRY_S = 2;
const MAX_PAUSE_S = 60;
const HEADERS = { Accept: "text/html", "Cotrast-Fragment": "yes" };

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

async function tabVisible() {
  while (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

class WrongAnswer extends Error {}

async function fetched(url, id) {
  const answer = await fetch(url, { headers: HEADERS });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || !page.getElementById(id)) throw new WrongAnswer(`${url}: ${answer.status}, #${id}`);
  return page;
}

// The element with the focus gets it again, if the answer still has it.
function replace(element, page) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceWith(document.adoptNode(page.getElementById(element.id)));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function poll(element) {
  const every = Number(element.dataset.every ?? 0);
  for (let wait = every; ; wait = Math.min(2 * (wait || RETRY_S), MAX_PAUSE_S)) {
    await pause(wait);
    if (every) await tabVisible();
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
      // A server error would only repeat itself; only a part that polls regularly tries again.
      if (wrong && !every) return;
    }
  }
}

function fail(element) {
  element.removeAttribute("aria-busy");
  for (const spinner of element.querySelectorAll(".computing")) spinner.hidden = true;
  for (const notice of element.querySelectorAll("[data-failed]")) notice.hidden = false;
}

const begun = new WeakSet();

function pollAll() {
  for (const element of document.querySelectorAll("[data-poll]")) {
    if (begun.has(element)) continue;
    begun.add(element);
    poll(element);
  }
}

// ---- forms and links whose answer is a part of this page; if the fetch fails, they open a page as without scripts ----

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
screen.on(pollAll);
pollAll();
