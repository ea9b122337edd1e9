// Requests to the server, for the person who opened this page and for nobody else.

const TOKEN = "csrfmiddlewaretoken";
const MOST_MS = 20_000; // without an answer for so long there is no connection
const AWAY = [502, 503, 504]; // what a proxy answers while the server is not there

export const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
const personOf = (page) => page.getElementById("screen")?.dataset.person ?? "";

/** Whether this error means that the server was not reached. */
export const unreachable = (error) => error instanceof TypeError || error.name === "TimeoutError";

async function ask(url, { signal, ...options }) {
  const limit = AbortSignal.timeout(MOST_MS);
  const answer = await fetch(url, { ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  if (AWAY.includes(answer.status)) throw new TypeError(`${url}: ${answer.status}`);
  return answer;
}

/** Posts a FormData. Throws only when there is no connection. Logging in again, in another tab, makes the token of this
    page stale: a new one is fetched once. Where somebody else has logged in, nothing is sent in their name. */
export async function post(url, body, options = {}) {
  const send = () => ask(url, { method: "POST", body, ...options });
  const answer = await send();
  if (answer.status !== 403) return answer;
  const page = parsed(await (await ask(location.href, { headers: { Accept: "text/html" } })).text());
  if (personOf(page) && personOf(page) !== personOf(document)) {
    return Response.json({ refusal: document.getElementById("said").dataset.somebodyElse }, { status: 401 });
  }
  const token = page.querySelector(`input[name=${TOKEN}]`)?.value;
  if (!token) return answer;
  for (const field of document.querySelectorAll(`input[name=${TOKEN}]`)) field.value = token;
  body.set(TOKEN, token);
  return send();
}
