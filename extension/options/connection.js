// "Test connection": one real question about a chat nobody has, and what its answer means.

import { createClient } from "../background/api.js";

const PROBE = { desk: "sample", account: "demo", chat_id: "connection-test" };

/**
 * @param {string} server @param {string} key
 * @returns {Promise<{ok: true, took_ms: number} | {ok: false, reason: Reason, detail: string | null}>}
 */
export const testConnection = async (server, key) => {
  if (!server || !key) return { ok: false, reason: "no_server", detail: null };
  const begun_ms = performance.now();
  const answer = await createClient({ server, key }).cue(PROBE, { signal: new AbortController().signal, timeout_ms: 5000 });
  if (answer.ok) return { ok: true, took_ms: Math.max(1, Math.round(performance.now() - begun_ms)) };
  return { ok: false, reason: answer.reason, detail: answer.detail ?? null };
};
