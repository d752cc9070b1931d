// The toolbar icon: the cue a page cannot imitate. Its tooltip names the cue and what is wrong with page or server,
// never anything about the customer: it can be read over a shoulder.

import { loadMessages, say } from "./language.js";
import { readSettings } from "./settings.js";

const SIZES = [16, 32, 48];
/** @typedef {{imageData: Record<string, ImageData>} | {path: Record<string, string>}} Picture */

/** Read once: handed over as paths, they would be read and unpacked anew at each change, just when a cue is asked for. @type {Map<string, Promise<Picture>>} */
const pictures = new Map();

/** @param {string} state @returns {Promise<Picture>} */
const pictureOf = (state) => {
  let picture = pictures.get(state);
  if (!picture) {
    picture = unpack(state).catch(() => ({ path: Object.fromEntries(SIZES.map((size) => [size, `/icons/${state}-${size}.png`])) }));
    pictures.set(state, picture);
  }
  return picture;
};

/** @param {string} state @returns {Promise<Picture>} */
const unpack = async (state) => {
  const all = SIZES.map(async (size) => {
    const image = await createImageBitmap(await (await fetch(chrome.runtime.getURL(`icons/${state}-${size}.png`))).blob());
    const context = new OffscreenCanvas(size, size).getContext("2d");
    if (!context) throw new TypeError("no canvas");
    context.drawImage(image, 0, 0, size, size);
    return [String(size), context.getImageData(0, 0, size, size)];
  });
  return { imageData: Object.fromEntries(await Promise.all(all)) };
};

/** @type {Map<number, string>} */
const painted = new Map();

/** @param {number} tabId the browser forgets a tab's own icon when it loads another page */
export const unpaint = (tabId) => painted.delete(tabId);

/** @param {number} tabId @param {import("./tabs.js").Shown} shown */
export const paint = async (tabId, { state, reason, note }) => {
  const name = JSON.stringify([state, reason, note]);
  if (painted.get(tabId) === name) return;
  painted.set(tabId, name);
  const messages = await loadMessages((await readSettings()).language);
  const remark = reason ?? note;
  const title =
    state === "none" || state === "loading"
      ? say(messages, `toolbar_${state}`)
      : say(messages, "toolbar_cue", say(messages, `cue_${state}`), say(messages, `colour_${state}`));
  const picture = await pictureOf(state);
  if (painted.get(tabId) !== name) return; // something newer has come meanwhile
  try {
    await Promise.all([
      chrome.action.setIcon({ tabId, ...picture }),
      chrome.action.setTitle({ tabId, title: remark ? `${title}\n${say(messages, `reason_${remark}`)}` : title }),
    ]);
  } catch {
    painted.delete(tabId); // the tab closed meanwhile
  }
};
