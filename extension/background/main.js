// The background: asks the server, keeps what each tab shows, paints the toolbar. Every listener is registered at once,
// so that a worker that was put to sleep is woken by it.

import { deskAt, forgetDesks, registerDesks } from "./desks.js";
import { guardWords } from "./guard_words.js";
import { loadMessages } from "./language.js";
import { enrol, readStatus, signOut } from "./enrolment.js";
import { isWorse, listen, notify } from "./notify.js";
import { failed, forgetClient, withClient } from "./session.js";
import { closeStorage, readServer, readSettings } from "./settings.js";
import { openPanel, preparePanel } from "./show_panel.js";
import { allTabs, endOf, forget, fresh, keep, ready, recordOf, sameChat, shownOf } from "./tabs.js";
import { paint, unpaint } from "./toolbar.js";

const ALARM = "expire.";
/** A chat nobody has: its answer shows that the server is there and takes the key. */
const PROBE = { desk: "sample", account: "demo", chat_id: "connection-test" };
const ID = /^(?!\.{1,2}$)[A-Za-z0-9._:@+~-]{1,128}$/;

/** @param {number} tabId */
const show = (tabId) => {
  const record = recordOf(tabId);
  const shown = shownOf(record, Date.now());
  // A page that froze tells nothing, and this worker may sleep by then.
  if (!["none", "grey", "loading"].includes(shown.state)) void chrome.alarms.create(`${ALARM}${tabId}`, { when: endOf(record) });
  chrome.runtime.sendMessage({ type: "changed", tabId }).catch(() => undefined); // no panel is open
  return paint(tabId, shown);
};

/** @param {object} message @param {number[]} [to] */
const tellPages = (message, to = allTabs()) => {
  for (const tabId of to) chrome.tabs.sendMessage(tabId, message).catch(() => undefined); // that page has gone
};

/** @param {any} value @returns {ChatKey | null} */
const readChat = (value) =>
  value && [value.desk, value.account, value.chat_id].every((part) => typeof part === "string" && ID.test(part))
    ? { desk: value.desk, account: value.account, chat_id: value.chat_id }
    : null;

/** The question under way for each tab: another chat in that tab makes it pointless. @type {Map<number, AbortController>} */
const asking = new Map();
/** @param {number} tabId */
const stopAsking = (tabId) => {
  asking.get(tabId)?.abort();
  asking.delete(tabId);
};

/** @param {number} tabId @param {ChatKey} chat @param {number} seq @param {number} timeout_ms @returns {Promise<Answer>} */
const askFor = async (tabId, chat, seq, timeout_ms) => {
  const asked_ms = Date.now();
  stopAsking(tabId);
  const mine = new AbortController();
  asking.set(tabId, mine);
  const answer = await withClient((client) => client.cue(chat, { signal: mine.signal, timeout_ms }));
  if (asking.get(tabId) === mine) asking.delete(tabId);
  if (mine.signal.aborted) return answer;
  const record = recordOf(tabId);
  if (record && record.seq === seq && sameChat(record.chat, chat)) {
    if (answer.ok && isWorse(record.last, answer.body.cue)) void notify(tabId, answer.body.cue);
    keep(tabId, { ...record, answer, answered_ms: asked_ms, doubt: false, ...(answer.ok ? { last: answer.body.cue } : {}) });
    void show(tabId);
  }
  return answer;
};

/** @param {any} message @param {number} tabId @param {Desk} desk */
const fromPage = async (message, tabId, desk) => {
  if (message.type === "hello") {
    keep(tabId, fresh(null, 0));
    unpaint(tabId);
    void show(tabId);
    const { language, mark } = await readSettings();
    const [messages, guard] = await Promise.all([loadMessages(language), guardWords()]);
    return { desk, messages, mark: mark || null, guard };
  }
  const chat = readChat(message.chat);
  if (chat && chat.desk !== desk.desk) return failed("refused");
  const seq = Number.isSafeInteger(message.seq) ? message.seq : 0;
  const record = recordOf(tabId);
  if (message.type === "open") {
    // Messages may overtake each other: an older one changes nothing, nor does one whose question came first.
    if (record && (seq < record.seq || (seq === record.seq && sameChat(record.chat, chat)))) return null;
    stopAsking(tabId);
    keep(tabId, fresh(chat, seq));
    void show(tabId);
    return null;
  }
  if (message.type === "show") {
    if (!record || record.seq !== seq || !sameChat(record.chat, chat)) return null;
    const reason = typeof message.reason === "string" && /^[a-z_]{1,40}$/.test(message.reason) ? message.reason : null;
    keep(tabId, { ...record, page: { state: message.state, reason }, doubt: false });
    void show(tabId);
    return null;
  }
  if (!chat) return failed("refused");
  if (message.type === "cue") {
    // A worker that lost its memory (a browser update, say) learns from the question which chat is open.
    if (!record || record.seq < seq) keep(tabId, fresh(chat, seq));
    return askFor(tabId, chat, seq, Math.min(Math.max(Number(message.timeout_ms) || 900, 100), 5000));
  }
  return null;
};

/** @param {any} message */
const fromPanel = async (message) => {
  const { tabId } = message;
  const record = recordOf(tabId);
  const shown = shownOf(record, Date.now());
  if (message.type === "panel.current") {
    const age_s = record?.answer ? Math.max(0, Math.round((Date.now() - record.answered_ms) / 1000)) : null;
    const answer = shown.state === "grey" && shown.reason ? failed(/** @type {Reason} */ (shown.reason)) : shown.state === "loading" ? null : record?.answer ?? null;
    return { chat: record?.chat ?? null, answer, age_s };
  }
  if (message.type === "panel.refresh") {
    tellPages({ type: "refresh" }, [tabId]);
    return null;
  }
  const chat = readChat(message.chat);
  if (!chat || !record || !sameChat(record.chat, chat)) return failed("wrong_chat");
  if (message.type === "panel.details") return withClient((client) => client.details(chat));
  const by = (await readSettings()).name || "agent"; // an enrolled browser speaks in its invitation's name, whatever this says
  if (message.type === "panel.disclose") return withClient((client) => client.disclose(chat, { ...message.disclosure, by }));
  if (message.type !== "panel.outcome") return failed("refused");
  const asked_ms = Date.now();
  const answer = await withClient((client) => client.outcome(chat, { ...message.outcome, by }));
  const now = recordOf(tabId);
  if (answer.ok && now && now.seq === record.seq) {
    keep(tabId, { ...now, answer, answered_ms: asked_ms });
    void show(tabId);
    tellPages({ type: "refresh" }, [tabId]);
  }
  return answer;
};

/** From the options page. @param {any} message */
const fromOptions = async (message) => {
  if (message.type === "options.status") return readStatus();
  if (message.type === "options.sign_out") return signOut();
  if (message.type === "options.test") return withClient((client) => client.cue(PROBE));
  if (message.type !== "options.enrol" || typeof message.code !== "string") return failed("refused");
  const found = readServer(String(message.server));
  return "server" in found ? enrol(found.server, message.code) : failed("no_server");
};

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  if (sender.id !== chrome.runtime.id || typeof message?.type !== "string") return false;
  const panel = sender.url?.startsWith(chrome.runtime.getURL("panel/")) === true;
  if (panel && message.type.startsWith("panel.") && Number.isSafeInteger(message.tabId)) {
    void ready.then(() => fromPanel(message)).then(reply, () => reply(failed("no_background")));
    return true;
  }
  if (message.type.startsWith("options.") && sender.url?.startsWith(chrome.runtime.getURL("options/"))) {
    void fromOptions(message).then(reply, () => reply(failed("no_background")));
    return true;
  }
  const tabId = sender.tab?.id;
  if (message.type === "details" && tabId !== undefined && sender.frameId === 0) {
    void openPanel(sender.tab).then(reply);
    return true;
  }
  if (panel || tabId === undefined || sender.frameId !== 0) return false;
  void Promise.all([deskAt(sender.url), ready])
    .then(([desk]) => (desk ? fromPage(message, tabId, desk) : null))
    .then(reply, () => reply(failed("no_background")));
  return true;
});

chrome.tabs.onRemoved.addListener((tabId) => {
  unpaint(tabId);
  void ready.then(() => forget(tabId));
});
chrome.tabs.onUpdated.addListener((tabId, change) => {
  if (change.status !== "loading") return;
  void ready.then(async () => {
    const record = recordOf(tabId);
    if (!record) return;
    // Desks change their address all the time without loading a page; where one is loaded, a greeting follows.
    if (change.url && (await deskAt(change.url))?.desk === record.chat?.desk) return;
    unpaint(tabId);
    keep(tabId, { ...record, doubt: true }); // perhaps another page: its content script says within a second
    void show(tabId);
  });
});
chrome.tabs.onActivated.addListener(({ tabId }) => void ready.then(() => recordOf(tabId) && show(tabId)));
chrome.alarms.onAlarm.addListener(({ name }) => {
  const tabId = Number(name.slice(ALARM.length));
  void ready.then(() => recordOf(tabId) && show(tabId));
});

chrome.storage.onChanged.addListener((changes, area) => {
  if (area === "session" ? !("key" in changes) : !["local", "managed"].includes(area)) return;
  forgetClient();
  forgetDesks();
  const redraw = ["mark", "language", "desks", "installs", "off"].some((name) => name in changes);
  void ready.then(async () => {
    if (["desks", "installs", "off"].some((name) => name in changes)) await registerDesks();
    tellPages({ type: redraw ? "restart" : "refresh" });
  });
});
for (const change of [chrome.permissions.onAdded, chrome.permissions.onRemoved]) {
  change.addListener(() => {
    forgetClient();
    listen();
    void registerDesks();
    void ready.then(() => tellPages({ type: "restart" }));
  });
}
chrome.runtime.onInstalled.addListener(({ reason }) => {
  void registerDesks();
  if (reason === "install") void chrome.runtime.openOptionsPage();
});
chrome.runtime.onStartup.addListener(() => void registerDesks());
listen();
void preparePanel();
void closeStorage();
