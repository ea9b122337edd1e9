// Edits that the server makes: a suggestion for a constraint, or the texts of an attempt. Their controls lead to a page with
// the new texts, as they do without scripts; here the texts are taken out of it, and undo takes them back. An approval that
// the proof does not allow yet is stopped, and says what is missing.

import { changed } from "./events.js";
import { fillBy, form, same, valuesOf } from "./form_state.js";
import { check } from "./repair_check.js";
import { rewrite } from "./rewriting.js";
import { parsed, post, unreachable } from "./server.js";
import { write } from "./status.js";

const FIELDS = ["reasoning", "answer"];
const HEADERS = { Accept: "text/html", "Cotrast-Fragment": "yes" };
fillBy(rewrite);
const tell = (words) => write(document.getElementById("unchecked"), words);

async function take(control) {
  const f = form();
  const before = valuesOf(f);
  try {
    const answer = control.matches("a") ? await fetch(control.href, { headers: HEADERS }) : await post(control.formAction, new FormData(f, control), { headers: HEADERS });
    const page = parsed(await answer.text());
    const source = page.getElementById("repair");
    // What was typed meanwhile is not overwritten: the control can be pressed again.
    if (!f.isConnected || !same(before, valuesOf(f))) return;
    if (!answer.ok || !source) return tell(page.querySelector(".notice.refused[role=alert]")?.textContent.trim() || document.getElementById("unchecked").dataset.failed);
    for (const name of FIELDS) rewrite(document.getElementById(name), page.getElementById(name).value);
    f.elements.parent.value = source.elements.parent.value;
    for (const field of f.elements) if (field.name === "ticked") field.checked = false; // ticked was what another text says
    changed.fire({ field: "taken" });
    await check();
  } catch (error) {
    if (!unreachable(error)) throw error;
    tell(document.getElementById("unchecked").dataset.offline);
  }
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-fetches]");
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  take(control);
});

// ---- approval ----

const shut = () => document.querySelector("#approve [aria-disabled=true]");
const approves = (submitter) => !submitter?.hasAttribute("formaction");

document.addEventListener(
  "submit",
  async (event) => {
    if (event.target.id !== "repair" || !approves(event.submitter) || !shut()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target } = event;
    await check(); // the last letters may have completed the proof
    if (!shut() && target.isConnected) return target.requestSubmit();
    tell(`${document.getElementById("unchecked").dataset.shut} ${document.getElementById("missing").textContent.trim()}`);
  },
  true,
);
