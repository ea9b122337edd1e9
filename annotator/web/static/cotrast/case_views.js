// Reading the two answers: which constraint is lit up in prompt and answers, which view they are shown in, whether they
// scroll together, and what is looked for in the reasoning.

import { rangeAt } from "./span_offsets.js";
import { screen } from "./events.js";
import { remember, remembered } from "./page.js";

const VIEW = "cotrast:view";
const SCROLL = "cotrast:scroll";
const MOST_FOUND = 500;
const CHARACTERS = "cotrast:characters"; // "1" shows them

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

// ---- the two answers scroll together, which is with the page, or apart ----

// Together they share the page's own scrolling: both move line by line at one speed, wheel, keys, finger and "find in page"
// work as anywhere, and no box scrolls within the page. Moving each by the same fraction of its length was tried on answers of
// 960 and 320 words, and left: after one page paragraph 4 stands beside paragraph 1, although both answer the same prompt from
// its beginning. Who wants the two ends side by side takes them apart. On a narrow screen the answers stand one below the
// other, and apart would only be two boxes to get stuck in.
const wide = matchMedia("(min-width: 901px)");
const wanted = () => (remembered(SCROLL) === "apart" ? "apart" : "together");

function scroll() {
  const how = wide.matches ? wanted() : "together";
  document.documentElement.dataset.scroll = how;
  for (const button of document.querySelectorAll("[data-scrolls]")) button.setAttribute("aria-pressed", String(how === "apart"));
  for (const side of document.querySelectorAll("[data-side]")) {
    if (how === "apart") side.tabIndex = 0; // what scrolls must be reached by keys
    else side.removeAttribute("tabindex");
  }
}

function turnScroll() {
  remember(SCROLL, wanted() === "apart" ? "together" : "apart");
  scroll();
}

wide.addEventListener("change", scroll);

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
  const control = event.target.closest("[data-constraint], [data-step], [data-shows], [data-scrolls], [data-find-next]");
  if (!control) return;
  if (control.dataset.step) step(Number(control.dataset.step));
  else if (control.dataset.shows) show(control.dataset.shows);
  else if (control.dataset.scrolls) turnScroll();
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
  scroll();
}

screen.on(restore);
restore();
