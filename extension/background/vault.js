// Where the enrolment's secret lies: a database of the extension's own origin. Content scripts share a process with
// pages and may read storage.local in some browsers (Firefox cannot close it to them); this they can never open.

const NAME = "cuelight";
const STORE = "kept";

/** @param {IDBRequest<T>} request @template T @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} use @template T @returns {Promise<T>} */
const inStore = async (mode, use) => {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const result = await done(use(transaction.objectStore(STORE)));
    if (mode === "readwrite") {
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
    }
    return result;
  } finally {
    database.close();
  }
};

/** @param {Name} name @template {keyof Vault} Name @returns {Promise<Vault[Name] | null>} */
export const readVault = async (name) => (await inStore("readonly", (store) => store.get(name))) ?? null;

/**
 * Written to disk before it returns: a secret the server knows and the browser forgot would cost a new code.
 * @param {Name} name @param {Vault[Name] | null} value @template {keyof Vault} Name
 */
export const writeVault = async (name, value) => {
  await inStore("readwrite", (store) => /** @type {IDBRequest<any>} */ (value ? store.put(value, name) : store.delete(name)));
};
