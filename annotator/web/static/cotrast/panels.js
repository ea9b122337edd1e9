// The panels of the two answers: joint or separate scrolling, and the keys that scroll them where the page itself does not
// scroll. Knows nothing of their content.

import { screen } from "./events.js";
import { remember, remembered } from "./page.js";

const SCROLL = "cotrast:scroll";
const MARGIN = 40; // pixels at the top of a panel or a window that a heading covers
const LINE = 48;
const TYPED_IN = "textarea, select, input:not([type=radio], [type=checkbox])";

// Together they share one scrolling, the page's or that of the box around both: both move at one speed; wheel, keys, touch and
// "find in page" work as usual. Scrolling each by the same fraction of its length was tried on answers of 960 and 320 words and
// dropped: after one page paragraph 4 is beside paragraph 1, although both answer the same prompt from its beginning. To compare
// the ends of both, scroll them apart. On a narrow screen the answers are one below the other and always scroll together.
const wide = matchMedia("(min-width: 901px)");
const filling = matchMedia("screen and (min-width: 1100px) and (min-height: 560px)"); // as in panels.css
const scrolling = () => (remembered(SCROLL) === "apart" ? "apart" : "together");
const sides = () => [...document.querySelectorAll("[data-side]")];
const pairs = () => [...document.querySelectorAll(".panels > .pair")];

/** Whether the answers fill the window, so that the page does not scroll. */
export const fillsWindow = () => filling.matches;

function arrange() {
  const how = wide.matches ? scrolling() : "together";
  document.documentElement.dataset.scroll = how;
  for (const button of document.querySelectorAll("[data-scrolls]")) button.setAttribute("aria-pressed", String(how === "apart"));
  // A scrolling box must be reachable by keyboard.
  for (const side of sides()) reach(side, how === "apart");
  for (const pair of pairs()) reach(pair, filling.matches && !(how === "apart" && sides().length));
}

function reach(element, scrolls) {
  if (scrolls) element.tabIndex = 0;
  else element.removeAttribute("tabindex");
}

function turn() {
  remember(SCROLL, scrolling() === "apart" ? "together" : "apart");
  arrange();
}

// ---- keys: where nothing else would take them, they scroll both answers, as they would scroll a page ----

const DISTANCES = {
  PageDown: (height) => height - MARGIN,
  PageUp: (height) => MARGIN - height,
  Home: () => -Infinity,
  End: () => Infinity,
  ArrowDown: () => LINE,
  ArrowUp: () => -LINE,
  " ": (height) => height - MARGIN,
};
const ON_THE_PAGE_ONLY = ["ArrowDown", "ArrowUp", " "]; // on a control they mean something else

function takesKey({ key, target, defaultPrevented, ctrlKey, altKey, metaKey, shiftKey }) {
  if (!filling.matches || !DISTANCES[key] || defaultPrevented || ctrlKey || altKey || metaKey || shiftKey) return false;
  if (target.closest(`.panels > *, dialog, ${TYPED_IN}`)) return false;
  return !ON_THE_PAGE_ONLY.includes(key) || target.matches("body, main");
}

document.addEventListener("keydown", (event) => {
  if (!takesKey(event)) return;
  event.preventDefault();
  for (const panel of scrolling() === "apart" && sides().length ? sides() : pairs()) {
    const by = DISTANCES[event.key](panel.clientHeight);
    panel.scrollTop = Math.min(Math.max(panel.scrollTop + by, 0), panel.scrollHeight);
  }
});

// ---- to a place in a text ----

/** Scrolls to a piece of text that is out of view. */
export function reveal(range) {
  const panel = scrollerOf(range.startContainer.parentElement);
  if (panel) {
    const { top, bottom } = panel.getBoundingClientRect();
    bring(range, top, bottom, (by) => panel.scrollBy(0, by));
  }
  // At the bottom of a window that scrolls the annotation covers the text.
  if (!filling.matches) bring(range, 0, innerHeight * 0.6, (by) => scrollBy(0, by));
}

function scrollerOf(element) {
  for (let box = element; box && box !== document.body; box = box.parentElement) {
    if (box.scrollHeight > box.clientHeight && getComputedStyle(box).overflowY === "auto") return box;
  }
  return null;
}

function bring(range, top, bottom, scroll) {
  const box = range.getBoundingClientRect();
  if (box.top < top + MARGIN || box.bottom > bottom) scroll(box.top - top - (bottom - top) / 3);
}

document.addEventListener("click", (event) => event.target.closest("[data-scrolls]") && turn());
wide.addEventListener("change", arrange);
filling.addEventListener("change", arrange);
screen.on(arrange);
arrange();
