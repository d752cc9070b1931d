// The toolbar icon: the cue a page cannot imitate. Its tooltip names the cue and what is wrong with page or server,
// never anything about the customer: it can be read over a shoulder.

import { loadMessages, say } from "./language.js";
import { readSettings } from "./settings.js";

const SIZES = [16, 32, 48];

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
  const path = Object.fromEntries(SIZES.map((size) => [size, `/icons/${state}-${size}.png`]));
  try {
    await Promise.all([
      chrome.action.setIcon({ tabId, path }),
      chrome.action.setTitle({ tabId, title: remark ? `${title}\n${say(messages, `reason_${remark}`)}` : title }),
    ]);
  } catch {
    painted.delete(tabId); // the tab closed meanwhile
  }
};
