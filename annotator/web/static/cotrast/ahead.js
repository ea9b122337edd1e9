// The page of the next case, fetched while this one is in work: going on then waits for one short answer. The server has
// the last word on which case is next; where it names another one, that page is loaded as ever.

const TOKEN = "csrfmiddlewaretoken";
const HEADER = "Cotrast-Ahead";
const AFTER_MS = 1500; // the page that is being looked at comes first

let kept = null; // { assignment, page }
let timer = 0;

/** What to send along when asking for the next case. */
export const aheadHeaders = () => (kept ? { [HEADER]: kept.assignment } : {});

/** The page that was fetched, once. */
export function takeAhead() {
  const page = kept?.page;
  kept = null;
  return page;
}

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
    if (!(error instanceof TypeError)) throw error;
  }
}

function wait() {
  clearTimeout(timer);
  timer = setTimeout(look, AFTER_MS);
}

document.addEventListener("screen", wait);
wait();
