// Deciding a case: take one annotator's judgement or merge all, walk through what they marked and use it, and keep what is
// typed in this browser until the server has it.

import { changed, fill, form, same, typedIn } from "./fields.js";
import { say } from "./sending.js";

const OUTBOX = "cotrast:decision:";
const outbox = (f) => OUTBOX + f.dataset.keeps;
const told = (id) => JSON.parse(document.getElementById(id).textContent);
const spots = () => [...document.querySelectorAll("[data-spot]")];

// ---- one annotator's judgement, or all of them ----

function take(name) {
  fill(form(), [...told("takes")[name], ["reason", form().elements.reason.value]]);
  const place = document.getElementById("taken");
  place.textContent = name === "merge" ? place.dataset.merged : place.dataset.taken.replace("{name}", name);
  changed("take");
}

// ---- what they marked ----

const placeOf = ({ text, start, end, pattern }) => JSON.stringify([text, start, end, pattern]);
const used = () => JSON.parse(form()?.elements.spans.value || "[]");

function use(number) {
  const piece = told("pieces")[number];
  const others = used().filter((span) => placeOf(span) !== placeOf(piece));
  form().elements.spans.value = JSON.stringify(others.length < used().length ? others : [...others, piece]);
  document.dispatchEvent(new Event("filled"));
  changed("spans");
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
  for (const spot of spots()) spot.classList.toggle("lit", spot.dataset.spot === number);
  for (const mark of document.querySelectorAll("mark[data-spots]")) {
    mark.classList.toggle("lit", mark.dataset.spots.split(" ").includes(number));
  }
}

function step() {
  const all = spots();
  const now = all.findIndex((spot) => spot.classList.contains("lit"));
  const next = all[(now + 1) % all.length];
  light(next.dataset.spot);
  document.querySelector("mark.lit")?.scrollIntoView({ block: "center" });
  next.querySelector("[data-use]")?.focus({ preventScroll: true });
}

// ---- nothing typed is lost ----

function remember() {
  try {
    localStorage.setItem(outbox(form()), JSON.stringify(typedIn(form())));
    say("kept");
  } catch {
    // The browser's store is full or forbidden: the fields still hold what was typed.
  }
}

function restore() {
  const kept = form() && JSON.parse(localStorage.getItem(outbox(form())));
  if (kept && !same(kept, typedIn(form()))) {
    fill(form(), kept);
    changed("kept");
  }
  showUsed();
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-take], [data-use], [data-spot-step]");
  if (!control) return;
  if (control.dataset.take) take(control.dataset.take);
  else if (control.dataset.use) use(control.dataset.use);
  else step();
});
document.addEventListener("focusin", (event) => {
  const spot = event.target.closest("[data-spot]");
  if (spot) light(spot.dataset.spot);
});
document.addEventListener("changed", () => {
  remember();
  showUsed();
});
document.addEventListener("sent", (event) => localStorage.removeItem(outbox(event.detail.form)));
document.addEventListener("screen", restore);
restore();
