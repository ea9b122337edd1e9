// Requests to the server, in the name of the person who opened this page and of nobody else.

const TOKEN = "csrfmiddlewaretoken";
const TIMEOUT_MS = 20_000; // after so long without an answer the connection counts as lost
const SERVER_DOWN = [502, 503, 504]; // a proxy's answers while the server is down

export const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
const personOf = (page) => page.querySelector("[data-person]")?.dataset.person ?? "";

/** Whether a fetched page, or part of one, is another person's: somebody else has logged in since this page was made. */
export const ofSomebodyElse = (page) => Boolean(personOf(page)) && personOf(page) !== personOf(document);

/** Whether this error means that the server was not reached. */
export const unreachable = (error) => error instanceof TypeError || error.name === "TimeoutError";

async function request(url, { signal, ...options }) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(url, { ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  if (SERVER_DOWN.includes(answer.status)) throw new TypeError(`${url}: ${answer.status}`);
  return answer;
}

/** Posts a FormData. Throws only if the server is not reached. A new login in another tab makes the CSRF token of this page
    stale: a new one is fetched once. If somebody else has logged in, nothing is sent in their name: the answer is a 401. */
export async function post(url, body, options = {}) {
  const send = () => request(url, { method: "POST", body, ...options });
  const answer = await send();
  if (answer.status !== 403) return answer;
  const page = parsed(await (await request(location.href, { headers: { Accept: "text/html" } })).text());
  if (ofSomebodyElse(page)) {
    return Response.json({ refusal: document.getElementById("notice").dataset.somebodyElse }, { status: 401 });
  }
  const token = page.querySelector(`input[name=${TOKEN}]`)?.value;
  if (!token) return answer;
  for (const field of document.querySelectorAll(`input[name=${TOKEN}]`)) field.value = token;
  body.set(TOKEN, token);
  return send();
}
