// Renews the assignment of an open case every minute, so that nobody else gets it meanwhile.

import { renewed } from "./events.js";
import { post, unreachable } from "./server.js";
import { say } from "./status.js";

const BEAT_MS = 60_000;

/** Renews the assignment at once; `renewed` has what the server answered. */
export async function beat() {
  const form = document.querySelector("form[data-renew]");
  if (!form) return;
  try {
    const response = await post(form.dataset.renew, new FormData(form));
    if (response.headers.get("Content-Type") !== "application/json") return; // of something in between
    const answer = await response.json();
    if (!response.ok) say("kept", answer.refusal);
    else if (form.isConnected) renewed.fire(answer);
  } catch (error) {
    // No connection: the draft says so when something is typed, and the assignment is renewed with the next beat.
    if (!unreachable(error)) throw error;
  }
}

setInterval(beat, BEAT_MS);
