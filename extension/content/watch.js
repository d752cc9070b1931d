"use strict";
// Tells that the page may show another chat now. Desks navigate in every way there is, and some in silence
// (replaceState fires neither popstate nor hashchange), so several sources feed one question.
(() => {
  const POLL_MS = 500;
  const PAUSE_MS = 16; // looks at most about 60 times a second, however busy the page is
  const AT_ONCE = 4; // of these a pause for attributes: a page that never stops changing them is not followed everywhere

  /**
   * Calls `onChange` in the same tick as a navigation, and soon after changes of the page's structure.
   * @param {() => void} onChange
   * @param {string[]} attributes those whose change can open another chat
   * @param {AbortSignal} signal ends everything
   */
  const watch = (onChange, attributes, signal) => {
    let href = location.href;
    /** @type {ReturnType<typeof setTimeout> | null} */
    let pending = null;
    let looked_ms = -Infinity;
    let window_ms = -Infinity;
    let atOnce = 0;

    const look = () => {
      if (signal.aborted) return;
      href = location.href;
      looked_ms = performance.now();
      onChange();
    };
    /** @param {MutationRecord[]} records */
    const soon = (records) => {
      if (location.href !== href) return look();
      // The few attributes watched name the open chat: not even a frame may pass before they are read again.
      if (records.some(({ type }) => type === "attributes")) {
        const now_ms = performance.now();
        if (now_ms - window_ms > PAUSE_MS) [window_ms, atOnce] = [now_ms, 0];
        atOnce += 1;
        if (atOnce <= AT_ONCE) return look();
      }
      if (pending !== null) return undefined;
      const wait_ms = PAUSE_MS - (performance.now() - looked_ms);
      if (wait_ms <= 0) return look();
      pending = setTimeout(() => {
        pending = null;
        look();
      }, wait_ms);
      return undefined;
    };

    const api = /** @type {EventTarget | undefined} */ (/** @type {any} */ (globalThis).navigation);
    if (api && typeof api.addEventListener === "function") {
      api.addEventListener("currententrychange", look, { signal });
    }
    for (const name of ["hashchange", "popstate", "pageshow", "focus"]) {
      globalThis.addEventListener(name, look, { signal, capture: true });
    }
    Document.prototype.addEventListener.call(document, "visibilitychange", look, { signal, capture: true });

    const observer = new MutationObserver(soon);
    observer.observe(document, {
      childList: true,
      subtree: true,
      ...(attributes.length ? { attributes: true, attributeFilter: attributes } : {}),
    });
    const poll = setInterval(look, POLL_MS);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      clearInterval(poll);
      if (pending !== null) clearTimeout(pending);
    });
  };

  CuelightContent.watch = watch;
})();
