// What the agent has set, and where the key lives.
//
// What the company has set by policy (storage.managed) wins over what the agent has set.
// Everything but the key is in storage.local. The key is in storage.session (memory only, out of reach of content
// scripts), and in storage.local too only where the browser lets us close that area to content scripts. Elsewhere it is
// forgotten with the browser: asking again each morning is better than a key that a page's process could read.

/**
 * @typedef {{server: string, name: string, language: string, mark: string, desks: Desk[], installs: Install[],
 *   off: string[], alerts: boolean, managed: string[]}} Settings `installs`: where self-hosted desks run; `managed`:
 *   which of these come from the company's policy (of desks and installs: a part of the list)
 */

const TRUSTED = { accessLevel: /** @type {"TRUSTED_CONTEXTS"} */ ("TRUSTED_CONTEXTS") };

/** Closes storage.local to content scripts. @returns {Promise<boolean>} false where this browser cannot */
export const closeStorage = async () => {
  try {
    await chrome.storage.local.setAccessLevel(TRUSTED);
    return true;
  } catch {
    return false;
  }
};

/** @param {unknown} value @returns {string} */
const text = (value) => (typeof value === "string" ? value : "");
/** @param {unknown} value @returns {any[]} */
const many = (value) => (Array.isArray(value) ? value : []);

/** What the company's policy sets; nothing where there is none. @returns {Promise<Record<string, unknown>>} */
const readManaged = async () => {
  try {
    return await chrome.storage.managed.get(["server", "language", "desks", "installs"]);
  } catch {
    return {}; // Firefox says so by an error
  }
};

/** @returns {Promise<Settings>} */
export const readSettings = async () => {
  const [local, managed] = await Promise.all([
    chrome.storage.local.get(["server", "name", "language", "mark", "desks", "installs", "off", "alerts"]),
    readManaged(),
  ]);
  /** @type {Record<string, unknown>} */
  const found = {
    ...local,
    ...(text(managed.server) ? { server: managed.server } : {}),
    ...(text(managed.language) ? { language: managed.language } : {}),
    desks: [...many(managed.desks), ...many(local.desks)],
    installs: [...many(managed.installs), ...many(local.installs)],
  };
  return {
    server: text(found.server),
    name: text(found.name),
    language: text(found.language) || "auto",
    mark: text(found.mark),
    desks: many(found.desks),
    installs: many(found.installs),
    off: many(found.off).filter((code) => typeof code === "string"),
    alerts: found.alerts === true,
    managed: Object.keys(managed).filter((name) => text(managed[name]) || many(managed[name]).length > 0),
  };
};

/** The agent's own desks and installs, without the company's: what a change to them is made on. */
export const readOwn = async () => {
  const found = await chrome.storage.local.get(["desks", "installs"]);
  return { desks: /** @type {Desk[]} */ (many(found.desks)), installs: /** @type {Install[]} */ (many(found.installs)) };
};

/** @param {Partial<Omit<Settings, "managed">>} changes */
export const writeSettings = (changes) => chrome.storage.local.set(changes);

/** @returns {Promise<string>} "" where there is none */
export const readKey = async () => {
  const session = await chrome.storage.session.get("key");
  if (text(session.key)) return text(session.key);
  if (!(await closeStorage())) return "";
  const local = await chrome.storage.local.get("key");
  const key = text(local.key);
  if (key) await chrome.storage.session.set({ key });
  return key;
};

/** @param {string} key "" forgets it @returns {Promise<boolean>} whether it outlives the browser */
export const writeKey = async (key) => {
  const lasting = await closeStorage();
  if (!key) {
    await Promise.all([chrome.storage.session.remove("key"), chrome.storage.local.remove("key")]);
    return lasting;
  }
  await chrome.storage.session.set({ key });
  if (lasting) await chrome.storage.local.set({ key });
  return lasting;
};

/**
 * The server's address in the one form that is stored. Plain http is for loopback only: a key must not cross a
 * network in clear.
 * @param {string} typed
 * @returns {{server: string, origins: string[]} | {problem: string}} the problem as a key of _locales
 */
export const readServer = (typed) => {
  /** @type {URL} */
  let url;
  try {
    url = new URL(typed.trim());
  } catch {
    return { problem: "options_address_bad" };
  }
  if (!["http:", "https:"].includes(url.protocol) || !url.hostname) return { problem: "options_address_bad" };
  if (url.username || url.password || url.search || url.hash) return { problem: "options_address_extra" };
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol === "http:" && !loopback) return { problem: "options_address_http" };
  return { server: `${url.origin}${url.pathname.replace(/\/+$/, "")}`, origins: [`${url.protocol}//${url.hostname}/*`] };
};
