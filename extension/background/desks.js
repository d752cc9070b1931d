// Which desks are on, and the content scripts registered for them.

import { badField, covers, deskOf, unmistakable } from "./desk_check.js";
import { readSettings } from "./settings.js";

/** One file each. Own desks, and where the self-hosted ones run, come from the settings. */
const BUILT_IN = ["sample", "live_helper_chat", "libredesk", "chatwoot", "zendesk", "intercom", "livechat", "crisp", "hubspot", "freshdesk"];
const IN_MANIFEST = ["sample"];
const PREFIX = "desk.";

/** @type {Promise<Desk[]> | null} */
let builtIn = null;

/** @returns {Promise<Desk[]>} */
export const builtInDesks = () => {
  builtIn ??= Promise.all(
    BUILT_IN.map(async (name) => {
      const desk = await (await fetch(chrome.runtime.getURL(`desks/${name}.json`))).json();
      const bad = badField(desk);
      if (bad) throw new Error(`desks/${name}.json: ${bad}`);
      return /** @type {Desk} */ (desk);
    }),
  );
  return builtIn;
};

/** @type {Promise<Desk[]> | null} */
let active = null;
/** The settings changed. */
export const forgetDesks = () => {
  active = null;
};

/**
 * Desks that are switched on, one entry an address; whatever cannot be used is left out and said so. A desk works only
 * where the browser was given access to its pages: `isAllowed`.
 * @returns {Promise<Desk[]>}
 */
const activeDesks = () => {
  active ??= readDesks();
  active.catch(forgetDesks);
  return active;
};

const readDesks = async () => {
  const [{ desks, installs, off }, builtIn] = await Promise.all([readSettings(), builtInDesks()]);
  const own = desks.filter((desk) => {
    const bad = badField(desk);
    if (bad) console.warn(`An own desk is not used: its field ${bad} is wrong.`);
    return !bad;
  });
  const installed = installs.flatMap((install) => {
    const desk = deskOf(builtIn, install);
    if (!desk) console.warn("The address of a self-hosted desk is not used: it names no such desk, or no address.");
    return desk ? [desk] : [];
  });
  const all = [...builtIn.filter((desk) => desk.self_hosted !== true), ...installed, ...own].filter((desk) => !off.includes(desk.desk));
  const usable = unmistakable(all);
  if (usable.length < all.length) console.warn("Two desks would call their chats by the same names; the first one is used. Give each an account of its own.");
  return usable;
};

/** The desk a page belongs to. @param {string | undefined} address @returns {Promise<Desk | null>} */
export const deskAt = async (address) => {
  if (!address) return null;
  return (await activeDesks()).find((desk) => desk.matches.some((pattern) => covers(pattern, address))) ?? null;
};

/** Those of a desk's pages the browser may run on. @param {Desk} desk @returns {Promise<string[]>} */
const allowedOf = async ({ matches }) => {
  const allowed = await Promise.all(matches.map((match) => chrome.permissions.contains({ origins: [match] })));
  return matches.filter((_match, i) => allowed[i]);
};

/** Whether the browser may run on any of a desk's pages. @param {Desk} desk @returns {Promise<boolean>} */
export const isAllowed = async (desk) => (await allowedOf(desk)).length > 0;

/** The content scripts into pages that were open before their desk was allowed. @param {Desk} desk @param {string[]} files */
const runInOpenPages = async ({ matches }, files) => {
  for (const { id } of await chrome.tabs.query({ url: matches })) {
    if (id !== undefined) await chrome.scripting.executeScript({ target: { tabId: id }, files }).catch(() => undefined); // gone meanwhile
  }
};

/** @type {Promise<void>} */
let registering = Promise.resolve();
/** Registers the content scripts of the desks that are on and allowed, and takes the others' away. One at a time. */
export const registerDesks = () => {
  registering = registering.then(register, register);
  return registering;
};

const register = async () => {
  const js = chrome.runtime.getManifest().content_scripts?.[0]?.js ?? [];
  /** @type {Map<string, Desk>} */
  const wanted = new Map();
  for (const desk of await activeDesks()) {
    const matches = IN_MANIFEST.includes(desk.desk) ? [] : await allowedOf(desk);
    if (matches.length) wanted.set(`${PREFIX}${desk.desk}.${desk.account ?? ""}`, { ...desk, matches });
  }
  const before = new Map((await chrome.scripting.getRegisteredContentScripts()).filter(({ id }) => id.startsWith(PREFIX)).map((each) => [each.id, each]));
  const isSame = (/** @type {string} */ id) => before.get(id)?.matches?.join() === wanted.get(id)?.matches.join() && before.get(id)?.js?.join() === js.join();
  const gone = [...before.keys()].filter((id) => !isSame(id));
  if (gone.length) await chrome.scripting.unregisterContentScripts({ ids: gone });
  for (const [id, desk] of wanted) {
    if (isSame(id)) continue;
    await chrome.scripting.registerContentScripts([{ id, matches: desk.matches, js, runAt: "document_start", persistAcrossSessions: true }]);
    await runInOpenPages(desk, js);
  }
};
