// The opt-in notification: a cue got worse while its chat is open. It says nothing about the customer or the chat: it may
// stay on a screen others see.

import { loadMessages, say } from "./language.js";
import { readSettings } from "./settings.js";

const RANK = { green: 0, grey: 0, amber: 1, red: 2 };
const PREFIX = "worse.";

/** Cues of the server only: one that greys because the network is down is no news about the contact. @param {CueColour | undefined} before @param {CueColour} after */
export const isWorse = (before, after) => before !== undefined && RANK[after] > RANK[before];

/** @param {number} tabId @param {CueColour} cue */
export const notify = async (tabId, cue) => {
  const { alerts, language } = await readSettings();
  if (!alerts || !chrome.notifications) return;
  const messages = await loadMessages(language);
  chrome.notifications.create(`${PREFIX}${tabId}`, {
    type: "basic",
    iconUrl: chrome.runtime.getURL(`icons/${cue}-48.png`),
    title: say(messages, `cue_${cue}`),
    message: say(messages, "alert_worse"),
  });
};

/** A click leads to the tab. Called once permission is there, and at each start. */
export const listen = () => {
  if (!chrome.notifications?.onClicked || chrome.notifications.onClicked.hasListener(toTab)) return;
  chrome.notifications.onClicked.addListener(toTab);
};

/** @param {string} name */
const toTab = (name) => {
  if (!name.startsWith(PREFIX)) return;
  void (async () => {
    try {
      const tab = await chrome.tabs.update(Number(name.slice(PREFIX.length)), { active: true });
      if (tab?.windowId !== undefined) await chrome.windows.update(tab.windowId, { focused: true });
    } catch {
      // The tab has gone.
    }
    chrome.notifications.clear(name);
  })();
};
