// The adjudication page: copies one annotation or all of them into the form, steps through the annotators' evidence, and
// reports that the case is open here to other adjudicators. outbox.js keeps what is typed.

import { changed, filled, renewed, screen } from "./events.js";
import { fill, form } from "./form_state.js";
import { beat } from "./heartbeat.js";

const TOKEN = "csrfmiddlewaretoken";
const AGAIN_MS = 1000;
const tabs = new BroadcastChannel("cotrast:left");
const jsonFrom = (id) => JSON.parse(document.getElementById(id).textContent);
const evidenceItems = () => [...document.querySelectorAll("[data-evidence-id]")];

// ---- one annotator's annotation, or all of them ----

function take(name) {
  fill(form(), [...jsonFrom("takes")[name], ["reason", form().elements.reason.value]]);
  const place = document.getElementById("taken");
  place.textContent = name === "merge" ? place.dataset.merged : place.dataset.taken.replace("{name}", name);
  offerNote(name);
  changed.fire({ field: "take" });
  say(missing());
}

// The reason is the adjudicator's own: an annotator's note becomes it only when they press the button.

const noteOf = (name) => document.querySelector(`[aria-labelledby="note-${name} annotation-${name}"]`)?.textContent.trim();

function offerNote(name) {
  const button = document.getElementById("cite");
  button.hidden = !noteOf(name);
  button.dataset.name = name;
  button.textContent = button.dataset.words.replace("{name}", name);
}

function cite({ dataset: { name } }) {
  const { reason } = form().elements;
  const cited = `${name}: “${noteOf(name)}”`;
  reason.value = [reason.value.trim(), cited].filter(Boolean).join("\n").slice(0, reason.maxLength);
  changed.fire({ field: "reason" });
  say(missing());
  reason.focus();
}

// ---- what a decision still lacks: said at once, and the field is entered instead of sending it to be refused ----

function missing() {
  const { label, other_text: words, reason } = form().elements;
  if (!label.value) return { what: "label", field: label[0] };
  const needsWords = [...form().querySelectorAll("[data-needs-text]")].some((box) => box.checked);
  if (needsWords && !words.value.trim()) return { what: "words", field: words };
  return reason.value.trim() ? null : { what: "reason", field: reason };
}

function say(lack) {
  const place = document.getElementById("missing");
  place.textContent = lack ? place.dataset[lack.what] : "";
}

function askFirst(event) {
  const lack = event.target.id === "decision" && missing();
  if (!lack) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say(lack);
  lack.field.focus();
}

// ---- the annotators' evidence ----

const keyOf = ({ text, start, end, pattern }) => JSON.stringify([text, start, end, pattern]);
const usedSpans = () => JSON.parse(form()?.elements.spans.value || "[]");

function use(number) {
  const piece = jsonFrom("pieces")[number];
  const others = usedSpans().filter((span) => keyOf(span) !== keyOf(piece));
  form().elements.spans.value = JSON.stringify(others.length < usedSpans().length ? others : [...others, piece]);
  filled.fire();
  changed.fire({ field: "spans" });
}

function showUsed() {
  if (!form()) return;
  const used = new Set(usedSpans().map(keyOf));
  const pieces = jsonFrom("pieces");
  for (const button of document.querySelectorAll("[data-use]")) {
    button.setAttribute("aria-pressed", String(used.has(keyOf(pieces[button.dataset.use]))));
  }
}

function light(number) {
  for (const item of evidenceItems()) item.classList.toggle("lit", item.dataset.evidenceId === number);
  for (const mark of document.querySelectorAll("mark[data-evidence-ids]")) {
    mark.classList.toggle("lit", mark.dataset.evidenceIds.split(" ").includes(number));
  }
}

function step() {
  const all = evidenceItems();
  const now = all.findIndex((item) => item.classList.contains("lit"));
  const next = all[(now + 1) % all.length];
  light(next.dataset.evidenceId);
  document.querySelector("mark.lit")?.scrollIntoView({ block: "center" });
  next.querySelector("[data-use]")?.focus({ preventScroll: true });
}

// ---- others who have the case open ----

function showOthers({ others }) {
  const banner = document.getElementById("others");
  const sentence = banner.firstElementChild;
  // A screen reader reads it when it appears, and not again whenever the minutes change.
  sentence.setAttribute("aria-live", banner.hidden ? "polite" : "off");
  banner.hidden = !others;
  sentence.textContent = others;
}

function open() {
  showUsed();
  beat();
}

// `keepalive`: the request outlives the page, which is being closed.
function leave() {
  if (!form()) return;
  const body = new URLSearchParams({ [TOKEN]: form().elements[TOKEN].value });
  // Without a connection the lease of the presence runs out by itself.
  fetch(form().dataset.leave, { method: "POST", body, keepalive: true }).catch(() => {});
  tabs.postMessage(location.pathname);
}

// Another tab of this browser with the same case renews the presence, once the closed tab's request has arrived.
tabs.addEventListener("message", ({ data }) => data === location.pathname && setTimeout(beat, AGAIN_MS));

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-take], [data-use], [data-evidence-id-step], #cite");
  if (!control) return;
  if (control.id === "cite") cite(control);
  else if (control.dataset.take) take(control.dataset.take);
  else if (control.dataset.use) use(control.dataset.use);
  else step();
});
document.addEventListener("focusin", (event) => {
  const item = event.target.closest("[data-evidence-id]");
  if (item) light(item.dataset.evidenceId);
});
document.addEventListener("submit", askFirst, true); // before submit.js sends it
changed.on(() => document.getElementById("missing")?.textContent && say(missing()));
changed.on(showUsed);
renewed.on(showOthers);
screen.on(open);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && beat());
open();
