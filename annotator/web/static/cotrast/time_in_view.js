// The seconds that a case was visible, submitted with the annotation. The count continues through the two steps of a case and
// starts at zero with the next one.

import { screen } from "./events.js";

let counted_ms = 0;
let since = null;
let current = location.pathname;

function watch() {
  since = document.hidden ? null : performance.now();
}

function elapsed() {
  return counted_ms + (since === null ? 0 : performance.now() - since);
}

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
