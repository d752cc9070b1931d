// The panel as one of the extension's own pages: Chrome's side panel, Firefox's sidebar, the toolbar's popup. In a side
// panel it follows the tab in front; a tab named in the address lets it stand in a window of its own.

import { languageFor, loadMessages } from "../background/language.js";
import { readSettings } from "../background/settings.js";
import { mountPanel } from "./view.js";

const asked = new URLSearchParams(location.search).get("tab");
const fixed = asked && /^\d{1,10}$/.test(asked) ? Number(asked) : null;

const front = async () => {
  if (fixed !== null) return fixed;
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return tab?.id ?? -1;
};

let tabId = await front();
const { language } = await readSettings();
const messages = await loadMessages(language);
document.documentElement.lang = languageFor(language);
document.documentElement.dir = CuelightContent.words(messages)("text_direction");

/** @param {object} message @returns {Promise<any>} */
const send = (message) => chrome.runtime.sendMessage({ ...message, tabId });

/** Firefox's sidebar, from the popup: the popup goes when the agent clicks elsewhere. */
const sidebar = /** @type {any} */ (globalThis).browser?.sidebarAction;
const isPopup = chrome.extension?.getViews?.({ type: "popup" }).includes(window) === true;
if (isPopup) document.body.classList.add("popup");

/** @type {PanelBackend} */
const backend = {
  messages,
  current: () => send({ type: "panel.current" }),
  outcome: (chat, outcome) => send({ type: "panel.outcome", chat, outcome }),
  details: (chat) => send({ type: "panel.details", chat }),
  disclose: (chat, disclosure) => send({ type: "panel.disclose", chat, disclosure }),
  refresh: () => void send({ type: "panel.refresh" }),
  dock: sidebar && isPopup ? () => void sidebar.open().then(() => window.close()) : null,
  openOptions: () => void chrome.runtime.openOptionsPage(),
  changed: (listener, signal) => {
    /** @param {any} message */
    const heard = (message) => {
      if (message?.type === "changed" && message.tabId === tabId) listener();
    };
    const turned = async () => {
      const now = await front();
      if (now === tabId) return;
      tabId = now;
      listener();
    };
    chrome.runtime.onMessage.addListener(heard);
    chrome.tabs.onActivated.addListener(turned);
    signal.addEventListener("abort", () => {
      chrome.runtime.onMessage.removeListener(heard);
      chrome.tabs.onActivated.removeListener(turned);
    });
  },
};

// A change of language or server redraws it whole.
chrome.storage.onChanged.addListener((changes, area) => {
  if (area === "local" && "language" in changes) location.reload();
});

mountPanel(/** @type {HTMLElement} */ (document.getElementById("panel")), backend);
