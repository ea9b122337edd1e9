// On every page: the theme, and times in the reader's time zone. Reading and submitting work without it. A page that was
// swapped in brings no scripts: what polls in it is fetched from here.

import { part, screen } from "./events.js";

const THEMES = ["auto", "light", "dark"];

// Preferences are kept in localStorage. A browser may forbid it, and nothing else may fail then.
export function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // the preference lasts until the page is left
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  showTheme();
}

function showTheme() {
  const theme = document.documentElement.dataset.theme;
  for (const name of document.querySelectorAll("[data-theme-name]")) name.hidden = name.dataset.themeName !== theme;
}

// The reader's regional variant of the page's language, for the format of times.
export function locale() {
  const language = document.documentElement.lang;
  return navigator.languages.find((name) => name.split("-")[0] === language.split("-")[0]) ?? language;
}

function showTimes() {
  for (const time of document.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    time.textContent = time.dataset.local === "time" ? moment.toLocaleTimeString(locale()) : moment.toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-turns=theme]")) return;
  const now = THEMES.indexOf(document.documentElement.dataset.theme);
  setTheme(THEMES[(now + 1) % THEMES.length]);
});

function refresh() {
  showTheme();
  showTimes();
}

screen.on(() => document.querySelector("[data-poll]") && import("./poll.js"));
screen.on(refresh);
part.on(refresh);
refresh();
