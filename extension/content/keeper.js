"use strict";
// Keeps the cue where it belongs. Desks re-render their headers all the time, which is no offence; a page that takes the
// cue out of a header it keeps, or hides it, is answered three times and then the agent is sent to the toolbar.
(() => {
  const ANCHOR_MS = 400; // how long to wait for an anchor before using the corner
  const HIDDEN_MS = 500; // desks show a pane a little after its address
  const STRIKES = 3;
  const FORGOTTEN_MS = 10_000;

  /**
   * @param {CueElement} cue @param {Adapter} adapter
   * @returns {Keeper}
   */
  const keeper = (cue, adapter) => {
    const { dom } = CuelightContent;
    /** @type {Element | null | undefined} undefined: not placed yet; null: in the corner */
    let spot;
    let missing_ms = -1;
    let hidden_ms = -1;
    let cornered = false; // the anchor's place turned out to be hidden
    let strikes = 0;
    let struck_ms = -Infinity;
    let gaveUp = false;

    /** @param {Spot | null} anchor @returns {Kept} */
    const attach = (anchor) => {
      spot = anchor?.element ?? null;
      missing_ms = hidden_ms = -1;
      cue.attach(anchor);
      return "placed";
    };
    /** @param {number} now_ms */
    const strike = (now_ms) => {
      strikes = now_ms - struck_ms > FORGOTTEN_MS ? 1 : strikes + 1;
      struck_ms = now_ms;
      gaveUp = strikes > STRIKES;
      return gaveUp;
    };

    return {
      reset() {
        spot = undefined;
        missing_ms = hidden_ms = -1;
        strikes = 0;
        cornered = gaveUp = false;
      },
      keep(reading, now_ms) {
        if (gaveUp) return dom.connected(cue.host) ? "look_at_toolbar" : "removed";
        const anchor = cornered ? null : adapter.anchor(reading);
        const state = spot === undefined ? "moved" : cue.attached();
        if (state !== "hidden") hidden_ms = -1;
        else if (hidden_ms < 0) hidden_ms = now_ms;
        if (state === "hidden" && now_ms - hidden_ms < HIDDEN_MS) return anchor && anchor.element !== spot ? attach(anchor) : "waiting";
        if (state === "removed" || state === "hidden") {
          if (strike(now_ms)) {
            attach(null);
            return "look_at_toolbar";
          }
          cornered ||= state === "hidden";
          return attach(cornered ? null : anchor);
        }
        if (anchor) return anchor.element === spot && state !== "moved" ? (state === "covered" ? "covered" : "placed") : attach(anchor);
        if (spot === null && state !== "moved") return state === "covered" ? "covered" : "placed";
        if (!adapter.anchored) return attach(null);
        if (missing_ms < 0) missing_ms = now_ms;
        if (!cornered && now_ms - missing_ms < ANCHOR_MS) return "waiting";
        return reading.agrees || cornered || spot !== undefined || now_ms - missing_ms >= ANCHOR_MS * 2.5 ? attach(null) : "waiting";
      },
    };
  };

  CuelightContent.keeper = keeper;
})();
