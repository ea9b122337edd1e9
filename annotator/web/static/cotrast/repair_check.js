// The live check: what is typed is sent to the checkers, and proof, evidence and difference are replaced by the answer. An
// answer that a newer one has overtaken is dropped. Nothing is stored by it.

import { changed, part, screen } from "./events.js";
import { form } from "./form_state.js";
import { parsed, post, unreachable } from "./server.js";
import { sentence, write } from "./status.js";

const QUIET_MS = 120;
const MAX_DELAY_MS = 400; // also while somebody types without a pause
const RETRY_MS = 5000;
const HEADERS = { Accept: "text/html", "Cotrast-Fragment": "yes" };

let timer = 0;
let since = null; // the time of the oldest change that is not being checked
let asked = 0; // the number of the last request
let shown = 0; // the number of the request whose answer is on the page

function schedule() {
  if (!form()?.dataset.check) return;
  since ??= performance.now();
  clearTimeout(timer);
  timer = setTimeout(check, Math.min(QUIET_MS, Math.max(0, since + MAX_DELAY_MS - performance.now())));
}

/** Checks the fields now; resolves when the page shows the answer, or could not get one. */
export async function check() {
  const f = form();
  if (!f?.dataset.check) return;
  clearTimeout(timer);
  since = null;
  asked += 1;
  const number = asked;
  const body = new FormData(f);
  body.set("view", document.documentElement.dataset.editView ?? "text");
  try {
    const answer = await post(f.dataset.check, body, { headers: HEADERS });
    if (f.isConnected && number > shown) await receive(answer, number);
  } catch (error) {
    if (!unreachable(error)) throw error;
    if (f.isConnected) fail("offline");
  }
}

async function receive(answer, number) {
  const json = answer.headers.get("Content-Type") === "application/json" && (await answer.json());
  if (json) return unknown(json.refusal); // logged out, or somebody else is logged in
  const page = parsed(await answer.text());
  if (new URL(answer.url).pathname === document.getElementById("notice").dataset.login) return unknown(sentence("loggedOut"));
  if (!answer.ok || !page.getElementById("proof")) return fail("failed");
  if (number < shown) return undefined;
  shown = number;
  tell("");
  const lit = document.querySelector("#proof [aria-pressed=true]")?.dataset.constraint;
  for (const fresh of page.querySelectorAll("[data-live]")) replace(document.getElementById(fresh.id), document.adoptNode(fresh));
  write(document.getElementById("proved"), document.querySelector("#proof .tag").textContent.trim());
  if (lit) document.querySelector(`#proof [data-constraint="${lit}"]`)?.click(); // lights it up again
  return part.fire();
}

// What was ticked since the request was sent stays ticked, and the focus stays on its control.
function replace(old, fresh) {
  const ticks = new Map([...old.querySelectorAll("[type=checkbox]")].map((box) => [box.value, box.checked]));
  for (const box of fresh.querySelectorAll("[type=checkbox]")) box.checked = ticks.get(box.value) ?? box.checked;
  const focused = old.contains(document.activeElement) && document.activeElement;
  const again = focused && placeOf(old, focused);
  old.replaceWith(fresh);
  if (focused) fresh.querySelectorAll("a, button, input")[again]?.focus({ preventScroll: true });
}

const placeOf = (part, control) => [...part.querySelectorAll("a, button, input")].indexOf(control);

const tell = (words) => write(document.getElementById("unchecked"), words);

// What the page shows is of an older text, so the approval is not shut by it: the server decides when it is reached.
function unknown(words) {
  tell(words);
  document.querySelector("#approve [aria-disabled]")?.removeAttribute("aria-disabled");
}

function fail(why) {
  unknown(document.getElementById("unchecked").dataset[why]);
  clearTimeout(timer);
  if (why === "offline") timer = setTimeout(check, RETRY_MS);
}

changed.on(schedule);
screen.on(() => {
  clearTimeout(timer);
  since = null;
  shown = asked;
});
addEventListener("online", check);
