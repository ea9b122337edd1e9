// The seconds that a case was visible and its annotator active, submitted with the annotation. The count stops after half a
// minute without a key, a movement of the pointer or a scroll, until the next one. It continues through the two steps of a
// case and starts at zero with the next one.

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
