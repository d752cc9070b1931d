// The popup: the panel for the tab in front.

import { languageFor, loadMessages } from "../background/language.js";
import { readSettings } from "../background/settings.js";
import { mountPanel } from "./view.js";

const asked = new URLSearchParams(location.search).get("tab");
// A tab named in the address lets the panel stand in a window of its own; it is a number and nothing else.
const [front] = asked && /^\d{1,10}$/.test(asked) ? [{ id: Number(asked) }] : await chrome.tabs.query({ active: true, currentWindow: true });
const tabId = front?.id ?? -1;

const { language } = await readSettings();
const messages = await loadMessages(language);
document.documentElement.lang = languageFor(language);

/** @param {object} message @returns {Promise<any>} */
const send = (message) => chrome.runtime.sendMessage({ ...message, tabId });

/** @type {PanelBackend} */
const backend = {
  messages,
  current: () => send({ type: "panel.current" }),
  outcome: (chat, outcome) => send({ type: "panel.outcome", chat, outcome }),
  refresh: () => void send({ type: "panel.refresh" }),
  openOptions: () => void chrome.runtime.openOptionsPage(),
  changed: (listener, signal) => {
    /** @param {any} message */
    const heard = (message) => {
      if (message?.type === "changed" && message.tabId === tabId) listener();
    };
    chrome.runtime.onMessage.addListener(heard);
    signal.addEventListener("abort", () => chrome.runtime.onMessage.removeListener(heard));
  },
};

mountPanel(/** @type {HTMLElement} */ (document.getElementById("panel")), backend);
