// A key presses the control that shows it: data-key="h" on anything. Keys are never taken from somebody who types.

import { screen } from "./events.js";
import { remember, remembered } from "./page.js";

const OFF = "cotrast:keys-off"; // "1" turns them off
const SCROLLING = ["ArrowUp", "ArrowDown"];
const RADIO_LIKE = ["radio", "checkbox", "submit", "button", "reset"];

function takesText(element) {
  if (element.isContentEditable || element.matches("textarea, select")) return true;
  return element.matches("input") && !RADIO_LIKE.includes(element.type);
}

// Caps lock changes nothing; a letter with Shift held is another key: "Shift+z".
function nameOf({ key, shiftKey }) {
  if (key.length > 1 || key.toLowerCase() === key.toUpperCase()) return key;
  return (shiftKey ? "Shift+" : "") + key.toLowerCase();
}

function controlsFor(wanted) {
  const shows = (element) => element.dataset.key.split(" ").includes(wanted) && element.checkVisibility();
  return [...document.querySelectorAll("[data-key]")].filter(shows);
}

// The key that has opened a sheet to read closes it.
function opens(sheet, wanted) {
  return !sheet.querySelector("form") && controlsFor(wanted).some((control) => control.popoverTargetElement === sheet);
}

function press(control) {
  if (control.matches("textarea, select")) return enter(control);
  control.click();
  // A choice that asks for words leads straight to where they go; Escape leads back.
  const words = control.checked && control.dataset.needsText && document.getElementById(control.dataset.needsText);
  if (words) enter(words);
}

// The annotation may be stuck to the bottom of the window: it is in view, and the text must not scroll away under it.
function enter(field) {
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "nearest" });
}

function whileTyping(event) {
  if (event.key === "Escape") event.target.blur();
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  if (takesText(event.target)) {
    if (!event.target.closest("dialog")) whileTyping(event);
    return;
  }
  // Some keyboards need AltGr for a bracket, which browsers tell as Ctrl and Alt.
  const held = event.ctrlKey || event.altKey || event.metaKey;
  if (held && !event.getModifierState("AltGraph")) return;
  const sheet = document.querySelector("dialog:popover-open, dialog[open]");
  if (sheet && event.key !== "?" && !opens(sheet, nameOf(event))) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  if (SCROLLING.includes(event.key) && event.target.matches(":is(.side, .pair)[tabindex]")) return; // it scrolls by itself
  if (remembered(OFF) && event.key !== "?" && event.key.length === 1) return;
  const controls = controlsFor(nameOf(event));
  if (!controls.length) return;
  event.preventDefault();
  controls.forEach(press);
});

// Single-key shortcuts can be turned off, for those whose speech input or hands type letters by accident.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-turns=keys]")) return;
  remember(OFF, event.target.checked ? "" : "1");
});

function showSwitch() {
  for (const box of document.querySelectorAll("[data-turns=keys]")) box.checked = !remembered(OFF);
}

screen.on(showSwitch);
showSwitch();
