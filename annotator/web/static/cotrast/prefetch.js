// The page of the next case, prefetched: going on then waits for one short answer. The server has the last word on which
// case is next; where it names another one, that page comes with its answer.

import { due, screen, sending } from "./events.js";
import { unreachable } from "./server.js";
import { swap } from "./submit.js";

const TOKEN = "csrfmiddlewaretoken";
const HEADER = "Cotrast-Prefetched";
const AFTER_MS = 1500; // the page that is being looked at comes first

let prefetched = null; // { assignment, page }
let timer = 0;

async function prefetch() {
  const form = document.querySelector("form[data-prefetch]");
  if (!form || prefetched) return;
  try {
    const body = new URLSearchParams({ [TOKEN]: form.elements[TOKEN].value });
    const answer = await fetch(form.dataset.prefetch, { method: "POST", body });
    if (answer.status !== 200 || !form.isConnected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    prefetched = { assignment: answer.headers.get(HEADER), page };
  } catch (error) {
    // No connection: the next case is fetched when it is due.
    if (!unreachable(error)) throw error;
  }
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(prefetch, AFTER_MS);
}

// What is sent while the page of the next case is here says so.
sending.on(({ headers }) => {
  if (prefetched) headers[HEADER] = prefetched.assignment;
});
due.on(({ url }) => {
  const { page } = prefetched;
  prefetched = null;
  swap(page, url);
});

// A page that was fetched and is not the one that came is of no use any more.
let current = location.pathname;
screen.on(() => {
  if (location.pathname !== current) {
    current = location.pathname;
    prefetched = null;
  }
  schedule();
});
schedule();
