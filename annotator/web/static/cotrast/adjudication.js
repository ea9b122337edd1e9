// Deciding a case: take one annotation or merge all, walk through what they marked and use it, and tell the
// other adjudicators that it is open here, as long as it is. What is typed is kept by outbox.js.

import { changed, filled, renewed, screen } from "./events.js";
import { fill, form } from "./form_state.js";
import { beat } from "./heartbeat.js";

const TOKEN = "csrfmiddlewaretoken";
const AGAIN_MS = 1000;
const tabs = new BroadcastChannel("cotrast:left");
const told = (id) => JSON.parse(document.getElementById(id).textContent);
const evidenceItems = () => [...document.querySelectorAll("[data-evidence-id]")];

// ---- one annotator's annotation, or all of them ----

function take(name) {
  fill(form(), [...told("takes")[name], ["reason", form().elements.reason.value]]);
  const place = document.getElementById("taken");
  place.textContent = name === "merge" ? place.dataset.merged : place.dataset.taken.replace("{name}", name);
  changed.fire({ field: "take" });
}

// ---- what they marked ----

const placeOf = ({ text, start, end, pattern }) => JSON.stringify([text, start, end, pattern]);
const used = () => JSON.parse(form()?.elements.spans.value || "[]");

function use(number) {
  const piece = told("pieces")[number];
  const others = used().filter((span) => placeOf(span) !== placeOf(piece));
  form().elements.spans.value = JSON.stringify(others.length < used().length ? others : [...others, piece]);
  filled.fire();
  changed.fire({ field: "spans" });
}

function showUsed() {
  if (!form()) return;
  const places = new Set(used().map(placeOf));
  const pieces = told("pieces");
  for (const button of document.querySelectorAll("[data-use]")) {
    button.setAttribute("aria-pressed", String(places.has(placeOf(pieces[button.dataset.use]))));
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
  const words = banner.firstElementChild;
  // It is read aloud when it appears, and not again with each minute that it counts.
  words.setAttribute("aria-live", banner.hidden ? "polite" : "off");
  banner.hidden = !others;
  words.textContent = others;
}

function open() {
  showUsed();
  beat();
}

// What is left behind may be sent after the page is gone, if it is small.
function leave() {
  if (!form()) return;
  const body = new URLSearchParams({ [TOKEN]: form().elements[TOKEN].value });
  fetch(form().dataset.leave, { method: "POST", body, keepalive: true }).catch(() => {}); // its lease ends by itself
  tabs.postMessage(location.pathname);
}

// Another tab of this browser with the same case opens it again, once what the closed one sent has arrived.
tabs.addEventListener("message", ({ data }) => data === location.pathname && setTimeout(beat, AGAIN_MS));

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-take], [data-use], [data-evidence-id-step]");
  if (!control) return;
  if (control.dataset.take) take(control.dataset.take);
  else if (control.dataset.use) use(control.dataset.use);
  else step();
});
document.addEventListener("focusin", (event) => {
  const item = event.target.closest("[data-evidence-id]");
  if (item) light(item.dataset.evidenceId);
});
changed.on(showUsed);
renewed.on(showOthers);
screen.on(open);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && beat());
open();
