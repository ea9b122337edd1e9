// The seconds that a case was in view and its annotator at work, which go with the annotation. Somebody who has pressed no
// key, moved no pointer and scrolled nothing for half a minute is away, and the clock stands until they are back. A case
// keeps its count through its two steps; the next case starts at nought.

import { screen } from "./events.js";

const IDLE_MS = 30_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchmove"];
let counted_ms = 0;
let since = null; // since when it is counted; null while the page is hidden
let last = performance.now(); // the last sign of life
let current = location.pathname;

function watch() {
  last = performance.now();
  since = document.hidden ? null : last;
}

function elapsed() {
  return counted_ms + (since === null ? 0 : Math.max(0, Math.min(performance.now(), last + IDLE_MS) - since));
}

function alive() {
  if (since !== null && performance.now() > last + IDLE_MS) {
    counted_ms = elapsed();
    since = performance.now();
  }
  last = performance.now();
}

for (const sign of SIGNS) document.addEventListener(sign, alive, { capture: true, passive: true });
document.addEventListener("visibilitychange", () => {
  counted_ms = elapsed();
  watch();
});
document.addEventListener("formdata", ({ formData }) => {
  if (formData.has("seconds")) formData.set("seconds", String(Math.round(elapsed() / 1000)));
});
screen.on(() => {
  if (location.pathname === current) return;
  current = location.pathname;
  counted_ms = 0;
  watch();
});
watch();
