// This browser's enrolment: a code once, then a secret that changes with each renewal and a token for a day's work.
//
// Runs in the background only, one step at a time. Each secret is made here and kept before it is sent, so that an answer
// lost on the way is asked for again with the same two; the server takes anything else for a copy and ends it.

import { createEnroller } from "./api.js";
import { readVault, writeVault } from "./vault.js";

const MARGIN_MS = 10 * 60_000;

/** 256 random bits, base64url. */
const makeSecret = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

/** Told to pages and panels: whose it is, never the secret. @param {{server: string, name: string, ended: boolean} | null} status */
const tellStatus = (status) => (status ? chrome.storage.local.set({ enrolment: status }) : chrome.storage.local.remove("enrolment"));

/** @returns {Promise<{server: string, name: string, ended: boolean} | null>} */
export const readStatus = async () => {
  const { enrolment } = await chrome.storage.local.get("enrolment");
  return enrolment && typeof enrolment === "object" ? /** @type {any} */ (enrolment) : null;
};

/** @param {Grant} grant */
const keepToken = ({ token, ttl_s }) => chrome.storage.session.set({ token: { value: token, until_ms: Date.now() + ttl_s * 1000 } });

/** @returns {Promise<string | null>} one that will last a while */
const liveToken = async () => {
  /** @type {any} */
  const { token } = await chrome.storage.session.get("token");
  if (typeof token?.value !== "string") return null;
  const left_ms = token.until_ms - Date.now();
  return left_ms > MARGIN_MS && left_ms < 48 * 3_600_000 ? token.value : null; // a clock set back must not prolong it
};

/** @type {Promise<unknown>} */
let turn = Promise.resolve();
/** One after the other: two renewals at once would each use up the other's secret. @param {() => Promise<T>} step @template T @returns {Promise<T>} */
const inTurn = (step) => {
  const mine = turn.then(step, step);
  turn = mine.catch(() => undefined);
  return mine;
};

/** @param {string} server @param {string} code @returns {Promise<GrantAnswer>} */
export const enrol = (server, code) =>
  inTurn(async () => {
    const before = await readVault("attempt");
    const attempt = before?.server === server && before.code === code ? before : { server, code, secret: makeSecret() };
    await writeVault("attempt", attempt);
    const answer = await createEnroller({ server }).enrol(code, attempt.secret);
    if (!answer.ok) return answer; // an enrolment that works stays as it is
    await writeVault("enrolled", { server, id: answer.body.enrolment_id, secret: attempt.secret, next: null });
    await writeVault("attempt", null);
    await keepToken(answer.body);
    await tellStatus({ server, name: answer.body.name, ended: false });
    return answer;
  });

/**
 * The token to ask with.
 * @param {string} server @param {string | null} refused a token the server has just refused
 * @returns {Promise<{token: string} | Failure | null>} null where this browser is not enrolled with that server
 */
export const tokenFor = async (server, refused = null) => {
  const status = await readStatus();
  if (!status || status.server !== server) return null;
  if (status.ended) return { ok: false, reason: "unauthorised", retry_after_s: null };
  const live = await liveToken();
  if (live && live !== refused) return { token: live };
  return inTurn(async () => {
    const meanwhile = await liveToken();
    if (meanwhile && meanwhile !== refused) return { token: meanwhile };
    const kept = await readVault("enrolled");
    if (!kept) {
      await tellStatus({ ...status, ended: true });
      return { ok: false, reason: "unauthorised", retry_after_s: null };
    }
    const next = kept.next ?? makeSecret();
    await writeVault("enrolled", { ...kept, next });
    const answer = await createEnroller({ server }).renew(kept.id, kept.secret, next);
    if (answer.ok) {
      await writeVault("enrolled", { ...kept, secret: next, next: null });
      await keepToken(answer.body);
      return { token: answer.body.token };
    }
    if (answer.reason === "unauthorised") {
      await writeVault("enrolled", null);
      await chrome.storage.session.remove("token");
      await tellStatus({ ...status, ended: true });
    }
    return answer;
  });
};

/** Signs out here, and tells the server if it can be reached. */
export const signOut = () =>
  inTurn(async () => {
    const [kept, token] = [await readVault("enrolled"), await liveToken()];
    await Promise.all([writeVault("enrolled", null), chrome.storage.session.remove("token"), tellStatus(null)]);
    if (kept && token) await createEnroller({ server: kept.server }).end(kept.id, token);
  });
