// The words for how things stand with what was typed: a state in the bar, and a sentence where one is needed.

import { locale } from "./page.js";

/** Says how things stand ("saved", "typing", "sending" or "kept"), with a sentence where one is needed. The word changes only
    when the state does, so that it is read aloud once. */
export function say(state, sentence = "", at = null) {
  const place = document.getElementById("saved");
  const time = place.querySelector("time");
  write(place.querySelector("[role=status]"), place.dataset[state]);
  place.dataset.state = state;
  time.hidden = state !== "saved";
  if (at) time.textContent = new Date(at).toLocaleTimeString(locale());
  const notice = document.getElementById("said");
  notice.hidden = !sentence;
  write(notice.querySelector("[role=status]"), sentence);
}

export function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
