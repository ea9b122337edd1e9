// What a form holds, as an ordered list of names and values, the way back, and the browser's outbox, where that list is
// kept until the server has it. Knows no field by its name but those that belong to one sending. Whoever changes a field
// of a judgement or decision by script says so with `changed`.

const TOKENS = ["csrfmiddlewaretoken", "submission_key"];
const OF_ONE_SENDING = new Set([...TOKENS, "base_revision", "base", "seen", "version", "seconds"]);

export const form = () => document.querySelector("form[data-draft]");

export function typedIn(f) {
  return [...new FormData(f)].filter(([name]) => !OF_ONE_SENDING.has(name));
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Puts `pairs` back. Fields of one name that are not ticked get their values in order. */
export function fill(f, pairs) {
  const ticked = new Set(pairs.map((pair) => JSON.stringify(pair)));
  const waiting = new Map();
  for (const [name, value] of pairs) waiting.set(name, [...(waiting.get(name) ?? []), value]);
  for (const field of f.elements) {
    if (!field.name || OF_ONE_SENDING.has(field.name)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = ticked.has(JSON.stringify([field.name, field.value]));
    else if (waiting.get(field.name)?.length) field.value = waiting.get(field.name).shift();
  }
  document.dispatchEvent(new Event("filled"));
}

/** Tells all who keep or show what is typed that it is another one now; `field` is what was touched. */
export function changed(field = "") {
  document.dispatchEvent(new CustomEvent("changed", { detail: { field } }));
}

document.addEventListener("input", (event) => {
  if (event.target.form?.matches("[data-draft]")) changed(event.target.name);
});

// ---- the outbox: in IndexedDB and through to the disk, because a browser that is killed loses what went to localStorage
// in its last five seconds (Chromium 156, killed 0 to 2 s after the write) ----

const STORE = "outbox";
const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("cotrast", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

/** What `act` asked the store for; null where the browser's store is full or forbidden. */
export async function outbox(act) {
  try {
    const store = (await opened).transaction(STORE, "readwrite", { durability: "strict" }).objectStore(STORE);
    const asked = act(store);
    return await new Promise((resolve, reject) => {
      store.transaction.oncomplete = () => resolve(asked.result);
      store.transaction.onabort = () => reject(store.transaction.error);
    });
  } catch {
    return null;
  }
}

// ---- undo and redo: the whole form, step by step; typing on in one field is one step ----

const TOGETHER_MS = 1500;
const WORDS = ["note", "reason", "other_text"];
const MOST_STEPS = 200;
let past = [];
let future = [];
let now = null;
let last = { field: "", at: 0 };

function begin() {
  [past, future, last] = [[], [], { field: "", at: 0 }];
  now = form() && typedIn(form());
}

function record({ detail: { field } }) {
  const then = now;
  now = typedIn(form());
  if (same(then, now)) return;
  const words = WORDS.includes(field) || field.startsWith("why-");
  const soon = words && field === last.field && performance.now() - last.at < TOGETHER_MS;
  if (!soon) past = [...past.slice(-MOST_STEPS), then];
  future = [];
  last = { field, at: performance.now() };
}

function travel(from, to) {
  if (!form() || !from.length) return;
  to.push(now);
  now = from.pop();
  fill(form(), now);
  last = { field: "", at: 0 };
  changed("undo");
}

document.addEventListener("changed", record);
document.addEventListener("screen", begin);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-undo]")) travel(past, future);
  if (event.target.closest("[data-redo]")) travel(future, past);
});
begin();
