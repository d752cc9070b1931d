// Which desks are on, and the content scripts registered for them.

import { badField, covers } from "./desk_check.js";
import { readSettings } from "./settings.js";

/** Built in and named in the manifest; own desks come from the settings. */
const BUILT_IN = ["sample"];
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

/** Desks that are switched on; an own desk that cannot be used is left out and said so. @returns {Promise<Desk[]>} */
export const activeDesks = () => {
  active ??= readDesks();
  active.catch(forgetDesks);
  return active;
};

const readDesks = async () => {
  const { desks, off } = await readSettings();
  const own = desks.filter((desk) => {
    const bad = badField(desk);
    if (bad) console.warn(`An own desk is not used: its field ${bad} is wrong.`);
    return !bad;
  });
  return [...(await builtInDesks()), ...own].filter((desk) => !off.includes(desk.desk));
};

/** The desk a page belongs to. @param {string | undefined} address @returns {Promise<Desk | null>} */
export const deskAt = async (address) => {
  if (!address) return null;
  return (await activeDesks()).find((desk) => desk.matches.some((pattern) => covers(pattern, address))) ?? null;
};

/** Registers the content scripts of own desks, and takes those of removed ones away. */
export const registerDesks = async () => {
  const manifest = chrome.runtime.getManifest();
  const js = manifest.content_scripts?.[0]?.js ?? [];
  const wanted = (await activeDesks()).filter((desk) => !BUILT_IN.includes(desk.desk) && desk.matches.length > 0);
  const allowed = [];
  for (const desk of wanted) {
    if (await chrome.permissions.contains({ origins: desk.matches })) allowed.push(desk);
  }
  const before = (await chrome.scripting.getRegisteredContentScripts()).map(({ id }) => id).filter((id) => id.startsWith(PREFIX));
  if (before.length) await chrome.scripting.unregisterContentScripts({ ids: before });
  if (!allowed.length) return;
  await chrome.scripting.registerContentScripts(
    allowed.map((desk) => ({ id: `${PREFIX}${desk.desk}`, matches: desk.matches, js, runAt: "document_start", persistAcrossSessions: true })),
  );
};
