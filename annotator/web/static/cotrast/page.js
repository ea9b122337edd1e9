// Every page: the theme, and times in the reader's own time zone. Nothing here is needed to read or to send.

import { part, screen } from "./events.js";

const THEMES = ["auto", "light", "dark"];

// What a reader prefers is remembered where the browser lets it; where it does not, nothing else may stop for that.
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
    // the preference holds until the page is left
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

// Times are written as the reader is used to, as far as that is in the language of the page.
export function locale() {
  const language = document.documentElement.lang;
  return navigator.languages.find((each) => each.split("-")[0] === language.split("-")[0]) ?? language;
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

screen.on(refresh);
part.on(refresh);
refresh();
