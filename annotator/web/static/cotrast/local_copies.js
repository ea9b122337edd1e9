// Copies of typed text in IndexedDB, flushed to the disk: a killed browser loses the last five seconds of localStorage
// (Chromium 156, killed 0 to 2 s after the write). A copy's key is [name of the form, id of the page that made it], so that
// no page overwrites another one's. Knows nothing of forms.

const STORE = "outbox";
const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("cotrast", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// The result of the request that `act` makes; null if the browser's store is full or forbidden.
async function transaction(act) {
  try {
    const store = (await opened).transaction(STORE, "readwrite", { durability: "strict" }).objectStore(STORE);
    const request = act(store);
    return await new Promise((resolve, reject) => {
      store.transaction.oncomplete = () => resolve(request.result);
      store.transaction.onabort = () => reject(store.transaction.error);
    });
  } catch {
    return null;
  }
}

/** Stores a copy; null if that failed. */
export const put = (key, copy) => transaction((store) => store.put(copy, key));

export const remove = (key) => transaction((store) => store.delete(key));

/** What is stored under this key; undefined for nothing, null if that failed. */
export const get = (key) => transaction((store) => store.get(key));

/** All copies of the form of this name. */
export const all = async (name) => (await transaction((store) => store.getAll(IDBKeyRange.bound([name], [name, []])))) ?? [];
