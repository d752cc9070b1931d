// What is taken out of the server's answers, and nothing else. Anything needed that is missing or of another kind
// makes the whole answer malformed, which is drawn grey. Free of browser-extension calls.

const MAX_TTL_S = 300;
const CUES = ["red", "amber", "green", "grey"];
const OUTCOMES = ["genuine", "impersonation", "unknown"];

/** The answer has another shape than docs/wire.md says. */
export class Malformed extends Error {}

/** @param {unknown} value @param {number} [longest] */
export const text = (value, longest = 400) => (typeof value === "string" && value.length > 0 ? value.slice(0, longest) : null);

/** @param {unknown} value @param {number} [longest] */
const needed = (value, longest = 200) => {
  const found = text(value, longest);
  if (!found) throw new Malformed("not a text");
  return found;
};

/** @param {unknown} value @param {number} most @param {(item: any) => T} read @template T @returns {T[]} */
const list = (value, most, read) => {
  if (!Array.isArray(value)) throw new Malformed("not a list");
  return value.slice(0, most).map(read);
};

/** @param {unknown} value @returns {Line[]} */
const lines = (value) =>
  list(value, 40, (item) => ({
    code: needed(item?.code, 100),
    text: needed(item?.text, 400),
    ...(Number.isFinite(item.points) ? { points: Number(item.points) } : {}),
  }));

/** @param {unknown} value @param {(present: any) => T} read @template T @returns {T | null} */
const maybe = (value, read) => (value === null || value === undefined ? null : read(value));

/** @param {unknown} value */
const colour = (value) => {
  if (typeof value !== "string" || !CUES.includes(value)) throw new Malformed("not a cue");
  return /** @type {CueColour} */ (value);
};

/** @param {any} raw @returns {ChatKey} */
const chatOf = (raw) => {
  if (raw === null || typeof raw !== "object") throw new Malformed("not an object");
  return { desk: needed(raw.chat?.desk), account: needed(raw.chat?.account), chat_id: needed(raw.chat?.chat_id) };
};

/** @param {any} raw @returns {CueBody} @throws {Malformed} */
export const readBody = (raw) => {
  const chat = chatOf(raw);
  if (!Number.isFinite(raw.ttl_s) || raw.ttl_s <= 0) throw new Malformed("no life time");
  return {
    chat,
    cue: colour(raw.cue),
    reasons: lines(raw.reasons),
    not_assessed: lines(raw.not_assessed),
    advice: lines(raw.advice),
    would_be: maybe(raw.would_be, (w) => ({ cue: colour(w.cue), if: needed(w.if), text: needed(w.text) })),
    incident: maybe(raw.incident, (i) => ({ incident_id: needed(i.incident_id), opened_at: needed(i.opened_at), ends_at: needed(i.ends_at) })),
    outcome: maybe(raw.outcome, (o) => ({ outcome: needed(o.outcome), method: text(o.method, 40), at: needed(o.at), by: text(o.by, 120) ?? "" })),
    scored_at: text(raw.scored_at, 40),
    ttl_s: Math.min(raw.ttl_s, MAX_TTL_S),
  };
};

/** @param {unknown} value @returns {Disclosed[]} */
const ledger = (value) => list(value, 50, (item) => ({ kind: needed(item?.kind, 40), text: needed(item?.text), at: needed(item?.at, 40), by: text(item?.by, 120) ?? "" }));

/** @param {any} raw @returns {Details} @throws {Malformed} */
export const readDetails = (raw) => ({
  chat: chatOf(raw),
  habits: list(raw.habits, 12, (item) => ({
    label: needed(item?.label, 60),
    usual: list(item.usual, 5, (value) => needed(value, 80)),
    now: text(item.now, 80),
    differs: typeof item.differs === "boolean" ? item.differs : null,
  })),
  contacts: list(raw.contacts, 50, (item) => ({
    at: needed(item?.at, 40),
    desk: needed(item.desk, 40),
    cue: maybe(item.cue, colour),
    outcome: OUTCOMES.includes(item.outcome) ? String(item.outcome) : null,
    disclosed: list(item.disclosed, 20, (kind) => needed(kind, 40)),
  })),
  contact_days: Number.isFinite(raw.contact_days) ? Number(raw.contact_days) : 90,
  disclosures: ledger(raw.disclosures),
  notice: maybe(raw.notice, (n) => ({ at: needed(n.at, 40), answer: n.answer === "yes" || n.answer === "no" ? n.answer : null, answered_at: text(n.answered_at, 40) })),
  kinds: list(raw.kinds, 20, (item) => ({ code: needed(item?.code, 40), text: needed(item?.text, 80) })),
  console_url: text(raw.console_url, 300),
});

/** @param {any} raw @returns {Ledger} @throws {Malformed} */
export const readLedger = (raw) => ({ chat: chatOf(raw), disclosures: ledger(raw.disclosures) });

/** @param {any} raw @returns {Grant} @throws {Malformed} */
export const readGrant = (raw) => {
  if (raw === null || typeof raw !== "object") throw new Malformed("not an object");
  if (!Number.isFinite(raw.ttl_s) || raw.ttl_s <= 0) throw new Malformed("no life time");
  return { enrolment_id: needed(raw.enrolment_id, 40), name: needed(raw.name, 80), token: needed(raw.token, 200), ttl_s: Number(raw.ttl_s) };
};
