// Reading the two answers: the highlighted constraint, the view of the answers, and search in the reasoning.

import { rangeAt } from "./span_offsets.js";
import { screen } from "./events.js";
import { remember, remembered } from "./page.js";
import { fillsWindow } from "./panels.js";
import { ofSomebodyElse, parsed } from "./server.js";
import { sentence } from "./status.js";

const VIEW = "cotrast:view";
const MAX_MATCHES = 500;
const CHARACTERS = "cotrast:characters"; // "1" shows them

function picks() {
  return [...document.querySelectorAll("[data-constraint]")];
}

// The keys of a row's controls work on the highlighted row.
const ROW_KEYS = { "[value^=left-]": "[", "[value^=right-]": "]", "[name=effects]": "o" };

function light(number) {
  for (const pick of picks()) {
    const lit = pick.dataset.constraint === number;
    pick.setAttribute("aria-pressed", String(lit));
    setRowKeys(pick.closest("tr"), lit);
    if (lit && fillsWindow()) pick.closest("tr").scrollIntoView({ block: "nearest" }); // where that moves no answer
  }
  for (const mark of document.querySelectorAll("mark[data-numbers]")) {
    mark.classList.toggle("on", mark.dataset.numbers.split(" ").includes(number));
  }
}

function setRowKeys(row, lit) {
  for (const [control, key] of Object.entries(ROW_KEYS)) {
    for (const element of row?.querySelectorAll(control) ?? []) {
      if (lit) element.dataset.key = key;
      else delete element.dataset.key;
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

// ---- views: two show the same marks differently, the others are fetched on first use ----

function setView(view) {
  document.documentElement.dataset.view = view;
  const buttons = [...document.querySelectorAll("[data-shows]")];
  const now = buttons.findIndex((button) => button.dataset.shows === view);
  buttons.forEach((button, place) => {
    button.setAttribute("aria-pressed", String(place === now));
    if (place === (now + 1) % buttons.length) button.dataset.key = "v";
    else delete button.dataset.key;
  });
}

function notify(sentence) {
  const notice = document.getElementById("view-notice");
  if (!notice) return;
  notice.textContent = sentence;
  notice.hidden = !sentence;
}

const underway = new Map(); // URL -> promise, so that a second click waits for the first request

async function fetched(from, view) {
  if (document.querySelector(`[data-view-of].${view}`)) return true;
  if (!underway.has(from)) underway.set(from, fetchView(from, view).finally(() => underway.delete(from)));
  return underway.get(from);
}

async function fetchView(from, view) {
  const button = document.querySelector(`[data-shows=${view}]`);
  try {
    const answer = await fetch(from);
    const page = parsed(await answer.text());
    if (!button.isConnected) return false;
    if (ofSomebodyElse(page)) {
      notify(sentence("somebodyElse")); // whose left answer may be the right one here
      return false;
    }
    const parts = [...page.querySelectorAll("[data-view-of]")];
    if (!answer.ok || !parts.length) notify(page.querySelector(".notice")?.textContent ?? button.parentElement.dataset.unreachable);
    for (const part of parts) document.querySelector(`[data-side=${part.dataset.viewOf}]`).append(document.adoptNode(part));
    return parts.length > 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    notify(button.parentElement.dataset.unreachable);
    return false;
  }
}

const sourceOf = (view) => document.querySelector(".views").dataset[view];

async function show(view) {
  const from = sourceOf(view);
  notify("");
  setView(view);
  const ready = !from || (await fetched(from, view));
  if (document.documentElement.dataset.view !== view) return; // another view was chosen meanwhile
  if (ready) remember(VIEW, view);
  else setView("plain");
}

// A view is asked for when its button goes down, not only when it comes up: long answers take the server 30 ms.
document.addEventListener("pointerdown", (event) => {
  const view = event.target.closest("[data-shows]")?.dataset.shows;
  if (view && sourceOf(view)) fetched(sourceOf(view), view);
});

// ---- search in the reasoning ----

function find(field, by) {
  const element = document.querySelector(`[data-text="${field.dataset.find}"]`);
  const status = field.closest(".find").querySelector("[role=status]");
  const pattern = new RegExp(field.value.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), "gi");
  const all = field.value ? [...element.textContent.matchAll(pattern)] : [];
  const matches = all.slice(0, MAX_MATCHES);
  const now = matches.length ? (Number(field.dataset.now ?? -1) + by + matches.length) % matches.length : 0;
  field.dataset.now = now;
  status.textContent = matches.length ? `${now + 1} / ${matches.length}${all.length > MAX_MATCHES ? "+" : ""}` : field.value && status.dataset.none;
  const ranges = matches.map((match) => rangeAt(element, match.index, match.index + match[0].length));
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

// ---- tabs, line ends, no-break spaces and other characters that nobody sees are shown by signs, in every view ----

function showCharacters(shown) {
  document.documentElement.dataset.characters = shown ? "shown" : "hidden";
  for (const button of document.querySelectorAll("[data-turns=characters]")) button.setAttribute("aria-pressed", String(shown));
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-turns=characters]")) return;
  const shown = document.documentElement.dataset.characters !== "shown";
  remember(CHARACTERS, shown ? "1" : "");
  showCharacters(shown);
});

function restore() {
  showCharacters(remembered(CHARACTERS) === "1");
  if (!document.querySelector("[data-shows]")) return;
  const view = remembered(VIEW);
  show(document.querySelector(`[data-shows="${view}"]`) ? view : "evidence");
}

screen.on(restore);
restore();
