// What each tab shows. Kept in storage.session as well, so that a worker that was put to sleep wakes with it.

/**
 * `page` is what the content script says is on the screen. It can only lower a cue: grey and loading are believed, a
 * colour comes from the server's answer alone.
 * @typedef {{chat: ChatKey | null, seq: number, answer: Answer | null, answered_ms: number,
 *   page: {state: State, reason: string | null} | null, doubt: boolean, last?: CueColour}} TabRecord `last`: the
 *   latest cue of the server, whatever went wrong since
 * @typedef {{state: State, reason: string | null, note: string | null}} Shown
 */

const PREFIX = "tab.";
/** @type {Map<number, TabRecord>} */
const tabs = new Map();

/** Resolves once what an earlier worker knew is back. */
export const ready = chrome.storage.session.get(null).then((found) => {
  for (const [name, value] of Object.entries(found)) {
    if (name.startsWith(PREFIX)) tabs.set(Number(name.slice(PREFIX.length)), /** @type {TabRecord} */ (value));
  }
});

/** @param {number} tabId @returns {TabRecord | null} */
export const recordOf = (tabId) => tabs.get(tabId) ?? null;
export const allTabs = () => [...tabs.keys()];

/** @param {number} tabId @param {TabRecord} record */
export const keep = (tabId, record) => {
  tabs.set(tabId, record);
  void chrome.storage.session.set({ [`${PREFIX}${tabId}`]: record });
};

/** @param {number} tabId */
export const forget = (tabId) => {
  tabs.delete(tabId);
  void chrome.storage.session.remove(`${PREFIX}${tabId}`);
};

/** @param {ChatKey | null} chat @param {number} seq @returns {TabRecord} */
export const fresh = (chat, seq) => ({ chat, seq, answer: null, answered_ms: 0, page: null, doubt: false });

/** @param {ChatKey | null} a @param {ChatKey | null} b */
export const sameChat = (a, b) => a?.desk === b?.desk && a?.account === b?.account && a?.chat_id === b?.chat_id;

/** When an answer's life ends, on the wall clock. @param {TabRecord | null} record */
export const endOf = (record) => (record?.answer?.ok ? record.answered_ms + record.answer.body.ttl_s * 1000 : 0);

/**
 * What the toolbar and the panel may show of a tab.
 * @param {TabRecord | null} record @param {number} now_ms wall clock: a worker's monotonic clock dies with it. A clock
 * set back makes an answer look newer than it is; the page, on its monotonic clock, then lowers it.
 * @returns {Shown}
 */
export const shownOf = (record, now_ms) => {
  /** @param {State} state @param {string | null} [reason] @param {string | null} [note] @returns {Shown} */
  const shown = (state, reason = null, note = null) => ({ state, reason, note });
  if (!record?.chat) return shown("none");
  const { answer, answered_ms, page, doubt } = record;
  if (doubt || !answer) return shown("loading");
  if (!answer.ok) return shown("grey", answer.reason);
  if (now_ms < answered_ms - 1000 || now_ms >= endOf(record)) return shown("grey", "stale");
  if (page?.state === "grey" && answer.body.cue !== "grey") return shown("grey", page.reason ?? "stale");
  return shown(answer.body.cue, null, page?.reason ?? null);
};
