// The API client: one question, one answer. It never throws and never makes up a cue: whatever is not a well-formed
// answer about this very chat becomes a reason, and a reason is drawn grey. Free of browser-extension calls, so that
// a page may use it too.

import { Malformed, readBody, readDetails, readGrant, readLedger, text } from "./read.js";

const MAX_BODY = 64 * 1024;
const KEPT = 200;
const READ_MS = 1800;
const WRITE_MS = 5000;

/** @param {Reason} reason @param {number | null} [retry_after_s] @param {string} [detail] @returns {Failure} */
const failed = (reason, retry_after_s = null, detail) => ({ ok: false, reason, retry_after_s, ...(detail ? { detail } : {}) });

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

/** @param {Response} response @returns {Promise<Failure>} */
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

/**
 * One request, one answer; never throws.
 * @param {typeof fetch} call @param {string} url @param {RequestInit} request @param {CueOptions} options
 * @param {(raw: any, response: Response) => T} read @param {() => T | undefined} [unchanged] what a 304 stands for
 * @template T @returns {Promise<{ok: true, body: T} | Failure>}
 */
const ask = async (call, url, request, { signal, timeout_ms }, read, unchanged) => {
  // Encoded or not, dots as a whole segment climb towards another resource.
  if (url.split("/").some((part) => part === "." || part === "..")) return failed("refused");
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), timeout_ms);
  try {
    const response = await call(url, {
      ...request,
      signal: AbortSignal.any([signal, clock.signal]),
      cache: "no-store",
      credentials: "omit",
      redirect: "error", // a redirect would carry the key to a place nobody chose
      referrerPolicy: "no-referrer",
    });
    if (response.status === 304) {
      const before = unchanged?.();
      return before ? { ok: true, body: before } : failed("malformed");
    }
    if (!response.ok) return await refusal(response);
    const raw = await readJson(response);
    return raw === undefined ? failed("not_cuelight") : { ok: true, body: read(raw, response) };
  } catch (error) {
    if (clock.signal.aborted) return failed("timed_out");
    if (signal.aborted) return failed("stopped");
    return failed(error instanceof Malformed ? "malformed" : "unreachable");
  } finally {
    clearTimeout(timer);
  }
};

/** @param {string} server */
const baseOf = (server) => server.replace(/\/+$/, "");
/** @param {object} body @param {Record<string, string>} headers @returns {RequestInit} */
const post = (body, headers) => ({ method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) });
/** @param {number} timeout_ms @returns {CueOptions} */
const within = (timeout_ms) => ({ signal: new AbortController().signal, timeout_ms });
/** @param {ChatKey} a @param {ChatKey} b */
const same = (a, b) => a.desk === b.desk && a.account === b.account && a.chat_id === b.chat_id;

/**
 * @param {{server: string, key: string, language?: string, fetch?: typeof fetch}} options `server`: scheme, host and
 * perhaps a path; `language` is what the server's sentences shall be in
 */
export const createClient = ({ server, key, language = "en", fetch: call = (...args) => globalThis.fetch(...args) }) => {
  const base = baseOf(server);
  /** The latest body and its tag by path, so that an unchanged cue costs a 304. @type {Map<string, {etag: string, body: CueBody}>} */
  const kept = new Map();
  const headers = { Authorization: `Bearer ${key}`, Accept: "application/json, application/problem+json", "Accept-Language": language };

  /** @param {ChatKey} chat */
  const pathOf = ({ desk, account, chat_id }) => [desk, account, chat_id].map(encodeURIComponent).join("/");

  /**
   * @param {ChatKey} chat @param {string} path @param {RequestInit} request @param {CueOptions} options
   * @param {(raw: any) => T} read @param {((body: T, response: Response) => void)} [keep] @param {() => T | undefined} [unchanged]
   * @template {{chat: ChatKey}} T @returns {Promise<{ok: true, body: T} | Failure>}
   */
  const askAbout = async (chat, path, request, options, read, keep, unchanged) => {
    const answer = await ask(call, `${base}${path}`, request, options, (raw, response) => {
      const body = read(raw);
      if (same(body.chat, chat)) keep?.(body, response);
      return body;
    }, unchanged);
    return answer.ok && !same(answer.body.chat, chat) ? failed("wrong_chat") : answer;
  };

  return {
    /** The chat's cue. @param {ChatKey} chat @param {CueOptions} [options] @returns {Promise<Answer>} */
    cue: (chat, options = within(READ_MS)) => {
      const path = `/cues/${pathOf(chat)}`;
      const before = kept.get(path);
      const request = { method: "GET", headers: before ? { ...headers, "If-None-Match": before.etag } : headers };
      /** @param {CueBody} body @param {Response} response */
      const keep = (body, response) => {
        const etag = response.headers.get("ETag");
        if (!etag) return;
        if (kept.size >= KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
        kept.set(path, { etag, body });
      };
      return askAbout(chat, path, request, options, readBody, keep, () => kept.get(path)?.body);
    },
    /**
     * Records what the agent found out; the answer is the chat's new cue.
     * @param {ChatKey} chat @param {{outcome: string, method?: string, by: string}} outcome @returns {Promise<Answer>}
     */
    outcome: (chat, outcome) => {
      kept.delete(`/cues/${pathOf(chat)}`);
      return askAbout(chat, `/chats/${pathOf(chat)}/outcome`, post(outcome, headers), within(WRITE_MS), readBody);
    },
    /** What the panel shows beside the cue. @param {ChatKey} chat @returns {Promise<DetailsAnswer>} */
    details: (chat) => askAbout(chat, `/cues/${pathOf(chat)}/details`, { method: "GET", headers }, within(READ_MS), readDetails),
    /**
     * Notes what kinds of data were given out, or that it was a slip.
     * @param {ChatKey} chat @param {{kinds: string[], by: string, mistaken?: boolean}} disclosure @returns {Promise<LedgerAnswer>}
     */
    disclose: (chat, disclosure) => askAbout(chat, `/chats/${pathOf(chat)}/disclosures`, post(disclosure, headers), within(WRITE_MS), readLedger),
  };
};

/**
 * Enrolment: a code or a secret against a token.
 * @param {{server: string, fetch?: typeof fetch}} options
 */
export const createEnroller = ({ server, fetch: call = (...args) => globalThis.fetch(...args) }) => {
  const base = `${baseOf(server)}/enrolments`;
  return {
    /** @param {string} code @param {string} secret @returns {Promise<GrantAnswer>} */
    enrol: (code, secret) => ask(call, base, post({ code, secret }, {}), within(WRITE_MS), readGrant),
    /** @param {string} id @param {string} secret @param {string} next @returns {Promise<GrantAnswer>} */
    renew: (id, secret, next) => ask(call, `${base}/${encodeURIComponent(id)}/token`, post({ secret, next }, {}), within(READ_MS), readGrant),
    /** Signs out. The browser forgets everything, whatever comes of it. @param {string} id @param {string} token */
    end: async (id, token) => {
      const request = { method: "DELETE", headers: { Authorization: `Bearer ${token}` } };
      await ask(call, `${base}/${encodeURIComponent(id)}`, request, within(WRITE_MS), () => null);
    },
  };
};
