// The API client: one question, one answer. It never throws and never makes up a cue: whatever is not a well-formed
// answer about this very chat becomes a reason, and a reason is drawn grey. Free of browser-extension calls, so that
// a page may use it too.

const MAX_BODY = 64 * 1024;
const MAX_TTL_S = 300;
const CUES = ["red", "amber", "green", "grey"];
const KEPT = 200;

/** The answer has another shape than docs/wire.md says. */
class Malformed extends Error {}

/** @param {Reason} reason @param {number | null} [retry_after_s] @param {string} [detail] @returns {Answer} */
const failed = (reason, retry_after_s = null, detail) => ({ ok: false, reason, retry_after_s, ...(detail ? { detail } : {}) });

/** @param {unknown} value @param {number} [longest] */
const text = (value, longest = 400) => (typeof value === "string" && value.length > 0 ? value.slice(0, longest) : null);

/** @param {unknown} value @param {string} [key] @returns {Line[]} */
const lines = (value, key = "code") => {
  if (!Array.isArray(value)) throw new Malformed("not a list");
  return value.slice(0, 40).map((item) => {
    const code = text(item?.[key], 100);
    const sentence = text(item?.text);
    if (!code || !sentence) throw new Malformed("not a line");
    return { code, text: sentence, ...(Number.isFinite(item.points) ? { points: Number(item.points) } : {}) };
  });
};

/** @param {unknown} value @param {(present: any) => T} read @template T @returns {T | null} */
const maybe = (value, read) => (value === null || value === undefined ? null : read(value));

/** @param {unknown} value */
const colour = (value) => {
  if (typeof value !== "string" || !CUES.includes(value)) throw new Malformed("not a cue");
  return /** @type {CueColour} */ (value);
};

/**
 * Takes what is known out of an answer, and nothing else.
 * @param {any} raw @returns {CueBody} @throws {Malformed} where anything needed is missing or of another kind
 */
export const readBody = (raw) => {
  const needed = (/** @type {unknown} */ value) => {
    const found = text(value, 200);
    if (!found) throw new Malformed("not a text");
    return found;
  };
  if (raw === null || typeof raw !== "object") throw new Malformed("not an object");
  if (!Number.isFinite(raw.ttl_s) || raw.ttl_s <= 0) throw new Malformed("no life time");
  return {
    chat: { desk: needed(raw.chat?.desk), account: needed(raw.chat?.account), chat_id: needed(raw.chat?.chat_id) },
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

/** @param {Response} response @returns {number | null} seconds, from either form of Retry-After */
const retryAfter = (response) => {
  const value = response.headers.get("Retry-After");
  if (!value) return null;
  if (/^\d{1,6}$/.test(value)) return Number(value);
  const when_ms = Date.parse(value);
  return Number.isNaN(when_ms) ? null : Math.max(0, Math.min(3600, Math.round((when_ms - Date.now()) / 1000)));
};

/** @param {Response} response @returns {Promise<unknown>} undefined where it is not JSON of sane size */
const readJson = async (response) => {
  const type = response.headers.get("Content-Type") ?? "";
  if (!/^application\/(?:[a-z.+-]+\+)?json\b/i.test(type)) return undefined;
  const body = await response.text();
  if (body.length > MAX_BODY) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** @param {Response} response @returns {Promise<Answer>} */
const refusal = async (response) => {
  /** @type {any} */
  const problem = await readJson(response);
  const ours = typeof problem?.code === "string";
  const detail = text(problem?.detail, 300) ?? undefined;
  const { status } = response;
  if (status === 401) return failed("unauthorised", null, detail);
  if (status === 403) return failed("forbidden", null, detail);
  if (status === 429) return failed("rate_limited", retryAfter(response), detail);
  if (status === 503) return failed("unavailable", retryAfter(response), detail);
  if (status >= 500) return failed("server_error", retryAfter(response), detail);
  return failed(ours && status >= 400 ? "refused" : "not_cuelight", null, detail);
};

/** @param {ChatKey} a @param {ChatKey} b */
const same = (a, b) => a.desk === b.desk && a.account === b.account && a.chat_id === b.chat_id;

/**
 * @param {{server: string, key: string, fetch?: typeof fetch}} options `server`: scheme, host and perhaps a path
 */
export const createClient = ({ server, key, fetch: call = (...args) => globalThis.fetch(...args) }) => {
  const base = server.replace(/\/+$/, "");
  /** The latest body and its tag by path, so that an unchanged cue costs a 304. @type {Map<string, {etag: string, body: CueBody}>} */
  const kept = new Map();

  /** @param {ChatKey} chat */
  const pathOf = ({ desk, account, chat_id }) => [desk, account, chat_id].map(encodeURIComponent).join("/");

  /**
   * @param {ChatKey} chat @param {string} path @param {RequestInit} request @param {CueOptions} options
   * @returns {Promise<Answer>}
   */
  const ask = async (chat, path, request, { signal, timeout_ms }) => {
    // Encoded or not, dots as a whole segment climb towards another resource.
    if (path.split("/").some((part) => part === "." || part === "..")) return failed("refused");
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(), timeout_ms);
    try {
      const response = await call(`${base}${path}`, {
        ...request,
        signal: AbortSignal.any([signal, clock.signal]),
        cache: "no-store",
        credentials: "omit",
        redirect: "error", // a redirect would carry the key to a place nobody chose
        referrerPolicy: "no-referrer",
      });
      if (response.status === 304) {
        const before = kept.get(path);
        return before ? { ok: true, body: before.body } : failed("malformed");
      }
      if (!response.ok) return await refusal(response);
      const raw = await readJson(response);
      if (raw === undefined) return failed("not_cuelight");
      const body = readBody(raw);
      if (!same(body.chat, chat)) return failed("wrong_chat");
      const etag = response.headers.get("ETag");
      if (request.method === "GET" && etag) {
        if (kept.size >= KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
        kept.set(path, { etag, body });
      }
      return { ok: true, body };
    } catch (error) {
      if (clock.signal.aborted) return failed("timed_out");
      if (signal.aborted) return failed("stopped");
      return failed(error instanceof Malformed ? "malformed" : "unreachable");
    } finally {
      clearTimeout(timer);
    }
  };

  const headers = { Authorization: `Bearer ${key}`, Accept: "application/json, application/problem+json" };
  return {
    /** The chat's cue. @param {ChatKey} chat @param {CueOptions} [options] @returns {Promise<Answer>} */
    cue: (chat, options = { signal: new AbortController().signal, timeout_ms: 1800 }) => {
      const path = `/cues/${pathOf(chat)}`;
      const before = kept.get(path);
      return ask(chat, path, { method: "GET", headers: before ? { ...headers, "If-None-Match": before.etag } : headers }, options);
    },
    /**
     * Records what the agent found out; the answer is the chat's new cue.
     * @param {ChatKey} chat @param {{outcome: string, method?: string, by: string}} outcome @param {CueOptions} [options]
     * @returns {Promise<Answer>}
     */
    outcome: (chat, outcome, options = { signal: new AbortController().signal, timeout_ms: 5000 }) => {
      kept.delete(`/cues/${pathOf(chat)}`);
      const request = { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(outcome) };
      return ask(chat, `/chats/${pathOf(chat)}/outcome`, request, options);
    },
  };
};
