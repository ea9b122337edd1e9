// Renews the assignment of an open case every minute, so that nobody else gets it meanwhile.

import { renewed } from "./events.js";
import { post, unreachable } from "./server.js";
import { say } from "./status.js";

const BEAT_MS = 60_000;

/** Renews the assignment now and fires `renewed` with the server's answer. */
export async function beat() {
  const form = document.querySelector("form[data-renew]");
  if (!form) return;
  try {
    const response = await post(form.dataset.renew, new FormData(form));
    if (response.headers.get("Content-Type") !== "application/json") return; // from a proxy
    const answer = await response.json();
    if (!response.ok) say("kept", answer.refusal);
    else if (form.isConnected) renewed.fire(answer);
  } catch (error) {
    // No connection: saving the draft reports it, and the next beat renews the assignment.
    if (!unreachable(error)) throw error;
  }
}

setInterval(beat, BEAT_MS);
