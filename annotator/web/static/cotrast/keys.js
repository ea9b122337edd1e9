// Keyboard shortcuts: data-key="h" on a control makes that key press it. Ignored while somebody types into a field.

import { screen } from "./events.js";
import { remember, remembered } from "./page.js";

const OFF = "cotrast:keys-off"; // "1" turns them off
const SCROLLING = ["ArrowUp", "ArrowDown"];
const SIGNS = { BracketLeft: "[", BracketRight: "]", "Shift+Slash": "?" };
const ARROWS = ["ArrowLeft", "ArrowRight"];
const NAMELESS = ["Process", "Dead", "Unidentified"]; // an input method, an accent or an odd keyboard keeps the letter to itself
const RADIO_LIKE = ["radio", "checkbox", "submit", "button", "reset"];

function takesText(element) {
  if (element.isContentEditable || element.matches("textarea, select")) return true;
  return element.matches("input") && !RADIO_LIKE.includes(element.type);
}

// A key is known by what it types, and where nothing on the page has that, by its place: "р" is typed where "h" would be.
function nameOf(event) {
  const name = typedBy(event);
  return controlsFor(name).length ? name : placeOf(event) ?? name;
}

// Caps lock changes nothing; a letter with Shift is another key: "Shift+z".
function typedBy({ key, shiftKey }) {
  if (key.length > 1 || key.toLowerCase() === key.toUpperCase()) return key;
  return (shiftKey ? "Shift+" : "") + key.toLowerCase();
}

// The Latin name of the key at this place. Latin letters themselves are never moved: a Dvorak keyboard means what it types.
function placeOf({ key, code, shiftKey }) {
  if (remembered(OFF) || /^[a-z0-9]$/i.test(key) || (key.length > 1 && !NAMELESS.includes(key))) return undefined;
  const [, kind, latin] = /^(Key|Digit)(.)$/.exec(code) ?? [];
  if (kind === "Key") return (shiftKey ? "Shift+" : "") + latin.toLowerCase();
  return kind && !shiftKey ? latin : SIGNS[(shiftKey ? "Shift+" : "") + code];
}

function controlsFor(key) {
  const shows = (element) => element.dataset.key.split(" ").includes(key) && element.checkVisibility();
  return [...document.querySelectorAll("[data-key]")].filter(shows);
}

// The key that has opened a dialog without a form closes it.
function opens(sheet, key) {
  return !sheet.querySelector("form") && controlsFor(key).some((control) => control.popoverTargetElement === sheet);
}

function press(control) {
  if (control.matches("textarea, select")) return enter(control);
  control.click();
  // A choice that needs a text moves the focus to its field; Escape leads back.
  const textField = control.checked && control.dataset.needsText && document.getElementById(control.dataset.needsText);
  if (textField) enter(textField);
}

// The annotation form may be sticky at the bottom of the window: it is in view already, and the texts must not scroll.
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
  if (ARROWS.includes(event.key) && event.target.matches(".scroll[tabindex]")) return; // a wide table scrolls by itself
  // Some keyboards need AltGr for a bracket, which browsers report as Ctrl and Alt.
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey); // as it does in a text field
  if (modified && !sends && !event.getModifierState("AltGraph")) return;
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
