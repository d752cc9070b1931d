// Lets the agent choose a place on the desk's page: brings its tab to the front, runs picker/ there, and waits.

import { loadMessages } from "../background/language.js";
import { readSettings } from "../background/settings.js";

/** From the root: Firefox looks for a relative path beside this page. */
const FILES = [
  "/content/dom.js", "/content/shapes.js", "/content/words.js", "/content/style.js", "/content/host.js", "/content/cue.js",
  "/picker/address.js", "/picker/selectors.js", "/picker/view.js", "/picker/picker.js",
];
const WAIT_MS = 600_000; // to sign in, and to open a chat
const AGAIN_MS = 300;
const TRIES = 20; // in a row, on a page that is there: some pages are closed to every extension

/** @param {number} ms @returns {Promise<void>} */
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
/** @param {unknown} value @param {number} longest @returns {value is string} */
const isText = (value, longest) => typeof value === "string" && value.length > 0 && value.length <= longest;

/** What came from the page's process, checked. @param {any} found @returns {Picked | null} */
const readPicked = (found) => {
  const good = isText(found?.address, 2048) && CuelightContent.address.cut(found.address) !== null &&
    Array.isArray(found.anchors) && found.anchors.length > 0 && found.anchors.length <= 2 && found.anchors.every((/** @type {unknown} */ each) => isText(each, 200)) &&
    ["append", "prepend", "before", "after"].includes(found.place) &&
    typeof found.within === "boolean" && (found.pane === null || (isText(found.pane?.selector, 200) && isText(found.pane?.attribute, 60)));
  return good ? found : null;
};

/** A tab of this desk: the one that shows the address, the one used last, or a new one. @param {CutAddress} desk @param {string} address */
const tabFor = async ({ match, origin }, address) => {
  const open = (await chrome.tabs.query({ url: match })).filter(({ url = "" }) => new URL(url).origin === origin);
  open.sort((a, b) => Number(b.url === address) - Number(a.url === address) || (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
  const [tab] = open;
  if (tab?.id === undefined) return chrome.tabs.create({ url: address });
  await chrome.tabs.update(tab.id, { active: true });
  await chrome.windows.update(tab.windowId, { focused: true });
  return tab;
};

/**
 * @param {CutAddress} desk whose host the browser allows @param {string} address opened where no tab of the desk is
 * @param {CutAddress | null} known marks the person has made already
 * @returns {Promise<Picked | null>} null where nothing was chosen
 */
export const pickIn = async (desk, address, known) => {
  const [{ language, mark }, mine] = await Promise.all([readSettings(), chrome.tabs.getCurrent()]);
  const { id: tabId } = await tabFor(desk, address);
  if (tabId === undefined) return null;
  /** @type {PickOrder} */
  const order = { messages: await loadMessages(language), mark: mark || null, known };
  const target = { tabId };
  const ended = new AbortController();
  const stop = () => {
    ended.abort();
    chrome.scripting.executeScript({ target, func: () => globalThis.CuelightContent?.picking?.abort() }).catch(() => undefined);
  };
  const button = document.getElementById("pick-stop");
  button?.addEventListener("click", stop, { signal: ended.signal });
  globalThis.addEventListener("pagehide", stop, { signal: ended.signal });

  /** Firefox does not tell when a page goes away under a question. @param {Promise<unknown>} asking @returns {Promise<null>} once the picker is no longer there */
  const gone = async (asking) => {
    let settled = false;
    void asking.then(() => (settled = true), () => (settled = true));
    for (let missing = 0; !settled && missing < 2; ) {
      await sleep(2 * AGAIN_MS);
      const [seen] = await chrome.scripting.executeScript({ target, func: () => globalThis.CuelightContent?.picking !== undefined }).catch(() => []);
      missing = seen?.result === true ? 0 : missing + 1; // twice: what was chosen may be on its way
    }
    return null;
  };
  /** @returns {Promise<{picked: Picked | null} | null>} null where the page went away under it */
  const ask = async () => {
    await chrome.scripting.executeScript({ target, files: FILES });
    const asking = chrome.scripting.executeScript({ target, func: (given) => CuelightContent.pick(given), args: [order] });
    const [found] = (await Promise.race([asking, gone(asking)])) ?? [];
    const told = /** @type {any} */ (found?.result);
    return told && "picked" in told ? { picked: readPicked(told.picked) } : null;
  };
  /** @type {Picked | null} */
  let picked = null;
  const until_ms = performance.now() + WAIT_MS;
  for (let tries = 0; !ended.signal.aborted && tries < TRIES && performance.now() < until_ms; ) {
    const tab = await chrome.tabs.get(tabId).catch(() => null);
    if (!tab) break;
    // Without an address the tab is elsewhere, at a sign-in page perhaps: it may come back.
    const there = tab.url && tab.status === "complete";
    const begun_ms = performance.now();
    const answer = there ? await ask().catch(() => null) : null;
    tries = there && performance.now() - begun_ms < AGAIN_MS ? tries + 1 : 0;
    if (answer) {
      picked = answer.picked;
      break;
    }
    await sleep(AGAIN_MS);
  }
  ended.abort();
  if (mine?.id !== undefined) await chrome.tabs.update(mine.id, { active: true }).catch(() => undefined);
  if (mine) await chrome.windows.update(mine.windowId, { focused: true }).catch(() => undefined);
  return picked;
};
