"use strict";
// How long an answer may stay on the screen, and how soon to ask again. Pure: clocks are handed in.
(() => {
  const FRESH_MS = 1000; // with a time-out of 900 ms: a stopped or hung server shows grey within 2 s
  const EARLY_MS = 500; // the facts about a chat often arrive just after an agent has opened it
  const EARLY_FOR_MS = 10_000;
  const HIDDEN_MS = 20_000; // nobody looks at the page, but the toolbar and its alerts still count
  const RETRY_MAX_MS = 4000;
  const REFUSED_MS = 10_000; // a wrong key does not get better by asking every second
  const LIMITED_MAX_MS = 120_000;

  /**
   * The life of one answer, counted from the moment it was asked for (so that a slow network only shortens it).
   * The monotonic clock decides; it may stand still while the computer sleeps, so a wall clock that has moved further
   * ends it too. A wall clock set back changes nothing.
   * @param {number} ttl_s @param {Clock} asked
   * @returns {Life}
   */
  const life = (ttl_s, asked) => {
    const age_ms = (/** @type {Clock} */ now) => Math.max(now.steady_ms - asked.steady_ms, now.wall_ms - asked.wall_ms, 0);
    return {
      expired: (now) => !(age_ms(now) < ttl_s * 1000),
      left_ms: (now) => Math.max(0, ttl_s * 1000 - age_ms(now)),
      age_s: (now) => Math.round(age_ms(now) / 1000),
    };
  };

  /**
   * Milliseconds from one question to the next; null for no further question until somebody is back.
   * @param {Answer | null} answer the latest one; @param {number} failures how many in a row failed
   * @param {Pace} pace
   */
  const pause_ms = (answer, failures, { idle, hidden, open_ms }) => {
    if (idle) return null;
    if (hidden && (answer?.ok || answer?.reason !== "rate_limited")) return HIDDEN_MS;
    if (answer && !answer.ok) {
      const { reason, retry_after_s } = answer;
      if (reason === "rate_limited") {
        return Math.min(LIMITED_MAX_MS, Math.max((retry_after_s ?? 0) * 1000, 1000 * 2 ** Math.min(failures, 7)));
      }
      if (["unauthorised", "forbidden", "no_server", "not_allowed", "stopped"].includes(reason)) return REFUSED_MS;
      return Math.min(RETRY_MAX_MS, FRESH_MS * 1.5 ** Math.min(Math.max(failures - 1, 0), 10));
    }
    return open_ms < EARLY_FOR_MS ? EARLY_MS : FRESH_MS;
  };

  CuelightContent.guard = Object.freeze({ life, pause_ms });
})();
