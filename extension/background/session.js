// With which key the server is asked: the enrolled browser's token, else a key that was typed in.

import { createClient } from "./api.js";
import { tokenFor } from "./enrolment.js";
import { languageFor } from "./language.js";
import { readKey, readServer, readSettings } from "./settings.js";

/** @typedef {ReturnType<typeof createClient>} Client */

/** @param {Reason} reason @returns {Failure} */
export const failed = (reason) => ({ ok: false, reason, retry_after_s: null });

const SURE_MS = 30_000;

/** @type {{name: string, client: Client} | null} */
let current = null;
/** What was found lately, so that a question need not wait for the browser's storage. @type {{client: Client, key: string, at_ms: number} | null} */
let lately = null;
let changes = 0;
/** The settings changed. */
export const forgetClient = () => {
  current = lately = null;
  changes += 1;
};

/** @param {string | null} refused @returns {Promise<{client: Client, key: string} | Failure>} */
const clientNow = async (refused) => {
  const age_ms = lately ? performance.now() - lately.at_ms : Infinity;
  if (lately && refused === null && age_ms < SURE_MS) return lately;
  const before = changes;
  const found = await findClient(refused);
  lately = "client" in found && before === changes ? { ...found, at_ms: performance.now() } : null;
  return found;
};

/** @param {string | null} refused @returns {Promise<{client: Client, key: string} | Failure>} */
const findClient = async (refused) => {
  const { server: typed, language } = await readSettings();
  const found = readServer(typed);
  if (!("server" in found)) return failed("no_server");
  const { server } = found;
  const enrolled = await tokenFor(server, refused);
  if (enrolled && "reason" in enrolled) return enrolled;
  const key = enrolled ? enrolled.token : await readKey();
  if (!key) return failed("no_server");
  const name = JSON.stringify([server, key, language]);
  if (current?.name !== name) current = { name, client: createClient({ server, key, language: languageFor(language) }) };
  return { client: current.client, key };
};

/** A browser that was not given access to the server fails like an unreachable one; say which it is. @param {T | Failure} answer @template {{ok: boolean}} T @returns {Promise<T | Failure>} */
const explained = async (answer) => {
  if (answer.ok || !("reason" in answer) || answer.reason !== "unreachable") return answer;
  const found = readServer((await readSettings()).server);
  if (!("origins" in found) || (await chrome.permissions.contains({ origins: found.origins }))) return answer;
  return failed("not_allowed");
};

/**
 * Asks the server; a token it no longer takes is renewed once.
 * @param {(client: Client) => Promise<T | Failure>} use @template {{ok: true}} T @returns {Promise<T | Failure>}
 */
export const withClient = async (use) => {
  const first = await clientNow(null);
  if (!("client" in first)) return explained(first);
  const answer = await use(first.client);
  if (answer.ok || answer.reason !== "unauthorised") return explained(answer);
  const second = await clientNow(first.key);
  if (!("client" in second)) return explained(second);
  return second.key === first.key ? answer : explained(await use(second.client));
};
