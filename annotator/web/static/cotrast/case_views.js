// Reading the two answers: which constraint is lit up in prompt and answers, which view they are shown in, and what is looked
// for in the reasoning.

import { rangeAt } from "./span_offsets.js";
import { screen } from "./events.js";
import { remember, remembered } from "./page.js";
import { fillsWindow } from "./panels.js";

const VIEW = "cotrast:view";
const MOST_FOUND = 500;

function picks() {
  return [...document.querySelectorAll("[data-constraint]")];
}

// The keys of a row's own controls work on the row that is lit.
const ROW_KEYS = { "[value^=left-]": "[", "[value^=right-]": "]", "[name=effects]": "o" };

function light(number) {
  for (const pick of picks()) {
    const lit = pick.dataset.constraint === number;
    pick.setAttribute("aria-pressed", String(lit));
    giveKeys(pick.closest("tr"), lit);
    if (lit && fillsWindow()) pick.closest("tr").scrollIntoView({ block: "nearest" }); // where that moves no answer
  }
  for (const mark of document.querySelectorAll("mark[data-numbers]")) {
    mark.classList.toggle("on", mark.dataset.numbers.split(" ").includes(number));
  }
}

function giveKeys(row, lit) {
  for (const [control, key] of Object.entries(ROW_KEYS)) {
    for (const found of row?.querySelectorAll(control) ?? []) {
      if (lit) found.dataset.key = key;
      else delete found.dataset.key;
    }
  }
}

function step(by) {
  const all = picks();
  if (!all.length) return;
  const now = all.findIndex((pick) => pick.getAttribute("aria-pressed") === "true");
  const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : (now + by + all.length) % all.length;
  light(all[next].dataset.constraint);
}

// ---- views: two are ways to see the same marks, the others are fetched when they are first asked for ----

function shown(view) {
  document.documentElement.dataset.view = view;
  const buttons = [...document.querySelectorAll("[data-shows]")];
  const now = buttons.findIndex((button) => button.dataset.shows === view);
  buttons.forEach((button, place) => {
    button.setAttribute("aria-pressed", String(place === now));
    if (place === (now + 1) % buttons.length) button.dataset.key = "v";
    else delete button.dataset.key;
  });
}

function tell(words) {
  const place = document.getElementById("view-said");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
}

const underway = new Map(); // address -> promise: who asks twice before the answer is there waits for the same one

async function fetched(from, view) {
  if (document.querySelector(`[data-view-of].${view}`)) return true;
  if (!underway.has(from)) underway.set(from, fetchView(from, view).finally(() => underway.delete(from)));
  return underway.get(from);
}

async function fetchView(from, view) {
  const button = document.querySelector(`[data-shows=${view}]`);
  try {
    const answer = await fetch(from);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!button.isConnected) return false;
    const parts = [...page.querySelectorAll("[data-view-of]")];
    if (!answer.ok || !parts.length) tell(page.querySelector(".notice")?.textContent ?? button.parentElement.dataset.unreachable);
    for (const part of parts) document.querySelector(`[data-side=${part.dataset.viewOf}]`).append(document.adoptNode(part));
    return parts.length > 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    tell(button.parentElement.dataset.unreachable);
    return false;
  }
}

async function show(view) {
  const from = document.querySelector(`[data-shows="${view}"]`)?.dataset.from;
  tell("");
  shown(view);
  const ready = !from || (await fetched(from, view));
  if (document.documentElement.dataset.view !== view) return; // the reader has gone on while it was on its way
  if (ready) remember(VIEW, view);
  else shown("plain");
}

// ---- looking for words in the reasoning ----

function find(field, by) {
  const element = document.querySelector(`[data-text="${field.dataset.find}"]`);
  const said = field.closest(".find").querySelector("[role=status]");
  const words = new RegExp(field.value.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), "gi");
  const all = field.value ? [...element.textContent.matchAll(words)] : [];
  const found = all.slice(0, MOST_FOUND);
  const now = found.length ? (Number(field.dataset.now ?? -1) + by + found.length) % found.length : 0;
  field.dataset.now = now;
  said.textContent = found.length ? `${now + 1} / ${found.length}${all.length > MOST_FOUND ? "+" : ""}` : field.value && said.dataset.none;
  const ranges = found.map((match) => rangeAt(element, match.index, match.index + match[0].length));
  globalThis.CSS?.highlights?.set("found", new Highlight(...ranges)).set("found-on", new Highlight(...ranges.slice(now, now + 1)));
  ranges[now]?.startContainer.parentElement.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-constraint], [data-step], [data-shows], [data-find-next]");
  if (!control) return;
  if (control.dataset.step) step(Number(control.dataset.step));
  else if (control.dataset.shows) show(control.dataset.shows);
  else if (control.dataset.constraint) light(control.getAttribute("aria-pressed") === "true" ? "" : control.dataset.constraint);
  else find(control.closest(".find").querySelector("[data-find]"), 1);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-find]")) return;
  delete event.target.dataset.now;
  find(event.target, 1);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-find]")) return;
  event.preventDefault();
  find(event.target, event.shiftKey ? -1 : 1);
});

function restore() {
  if (!document.querySelector("[data-shows]")) return;
  const view = remembered(VIEW);
  show(document.querySelector(`[data-shows="${view}"]`) ? view : "evidence");
}

screen.on(restore);
restore();
