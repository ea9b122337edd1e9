// The save state of the form: a word in the bar, and a sentence in a notice when one is needed.

import { locale } from "./page.js";

/** Shows the state ("saved", "typing", "sending" or "kept") and a sentence, "" for none. The word changes only with the
    state, so that a screen reader reads it once. */
export function say(state, sentence = "", at = null) {
  const place = document.getElementById("saved");
  const time = place.querySelector("time");
  write(place.querySelector("[role=status]"), place.dataset[state]);
  place.dataset.state = state;
  time.hidden = state !== "saved";
  if (at) time.textContent = new Date(at).toLocaleTimeString(locale());
  const notice = document.getElementById("notice");
  notice.hidden = !sentence;
  write(notice.querySelector("[role=status]"), sentence);
}

/** A sentence of this page, in the reader's language: "offline", "failed", "loggedOut" or "somebodyElse". */
export const sentence = (name) => document.getElementById("notice").dataset[name];

export function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
