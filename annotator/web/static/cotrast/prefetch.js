// Prefetches the page of the next case, so that a submission waits only for one short answer. The server decides which case is
// next; if it is another one, its answer is that page.

import { due, screen, sending } from "./events.js";
import { unreachable } from "./server.js";
import { swap } from "./submit.js";

const TOKEN = "csrfmiddlewaretoken";
const HEADER = "Cotrast-Prefetched";
const AFTER_MS = 1500; // after the present page has loaded

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

// A request names the assignment whose page is prefetched.
sending.on(({ headers }) => {
  if (prefetched) headers[HEADER] = prefetched.assignment;
});
due.on(({ url }) => {
  const { page } = prefetched;
  prefetched = null;
  swap(page, url);
});

// After another page has come, the prefetched one is outdated.
let current = location.pathname;
screen.on(() => {
  if (location.pathname !== current) {
    current = location.pathname;
    prefetched = null;
  }
  schedule();
});
schedule();
