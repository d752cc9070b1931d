"use strict";
// The disclosure guard: while the cue is not green, what the agent writes to the contact is looked at, here and now.
// Nothing is stored and nothing leaves this page; a warning can be dismissed, and sending is never held back.
(() => {
  const PAUSE_MS = 200; // between two looks while the agent types
  const SENT_MS = 120; // desks empty the composer a little after Enter
  const CHECK_MS = 500; // while a warning stands: has the text been sent, or the composer rebuilt?

  /** @param {{words: Words, adapter: Adapter, languages: GuardWords[], drawnBy: string, signal: AbortSignal}} options @returns {ComposerGuard} */
  const start = ({ words, adapter, languages, drawnBy, signal }) => {
    const { dom } = CuelightContent;
    const disclosures = CuelightContent.disclosures.compile(languages);
    /** @type {Element | null} */
    let composer = null;
    /** Kinds the agent has seen and sent away, for this text in this chat. @type {Set<DisclosureKind>} */
    const dismissed = new Set();
    let kept = 0; // how long that text was
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let pending;
    let due_ms = Infinity;
    let looked_ms = -Infinity;
    let chat = "";
    /** @type {State} */
    let state = "none";
    let read = "";
    /** @type {DisclosureKind[]} */
    let found = [];

    const sendAway = () => {
      for (const kind of found) dismissed.add(kind);
      kept = read.length;
      note?.hide();
    };
    const dismiss = () => {
      sendAway();
      if (composer instanceof HTMLElement && dom.connected(composer)) composer.focus({ preventScroll: true });
    };
    /** Made when it is first needed. @type {NoteElement | null} */
    let note = null;

    const isWatching = () => chat !== "" && state !== "green" && state !== "none";

    const judge = () => {
      clearTimeout(pending);
      due_ms = Infinity;
      looked_ms = performance.now();
      if (signal.aborted) return;
      if (!composer || !dom.connected(composer) || !isWatching()) return note?.hide();
      const text = dom.textOf(composer);
      if (text !== read) found = disclosures.find(text);
      read = text;
      if (text.trim().length <= kept / 2) dismissed.clear(); // sent, or begun anew
      const open = found.filter((kind) => !dismissed.has(kind));
      if (!open.length) return note?.hide();
      note ??= CuelightContent.note.make(words, drawnBy, dismiss, signal);
      note.show(composer, open, state);
      return later(CHECK_MS);
    };
    /** Looks again in so many milliseconds, or sooner if that was wanted before. @param {number} wait_ms */
    const later = (wait_ms) => {
      const at_ms = performance.now() + wait_ms;
      if (at_ms >= due_ms) return;
      clearTimeout(pending);
      due_ms = at_ms;
      pending = setTimeout(judge, wait_ms);
    };

    /** The composer an event comes from becomes the one that is looked at. @param {Event} event @returns {boolean} whether there is one */
    const turnTo = (event) => {
      const target = event.composedPath()[0];
      const box = target instanceof Element ? adapter.composer(target) : null;
      if (!box) return false;
      if (box !== composer) {
        composer = box;
        read = "";
        found = [];
        dismissed.clear();
      }
      return true;
    };
    /** @param {Event} event */
    const onText = (event) => {
      // What a page types by itself is not looked at: it could learn from a warning what the cue is.
      if (!event.isTrusted || !turnTo(event) || !isWatching()) return;
      const wait_ms = PAUSE_MS - (performance.now() - looked_ms);
      if (wait_ms <= 0) judge();
      else later(wait_ms);
    };
    /** @param {Event} event */
    const onKey = (event) => {
      if (!composer || !event.isTrusted || !isWatching()) return;
      const { key } = /** @type {KeyboardEvent} */ (event);
      if (key === "Enter") {
        judge(); // typed and sent at once: told at the last moment all the same
        later(0); // desks empty the composer in the same moment,
        setTimeout(() => later(0), SENT_MS); // or a little after
      } else if (key === "Escape" && found.length && event.target === composer) {
        sendAway();
      }
    };
    /** @param {Event} event */
    const onPointer = (event) => {
      if (!composer || !event.isTrusted || !isWatching()) return;
      judge(); // perhaps on the way to the button that sends a saved reply
      setTimeout(() => later(0), SENT_MS);
    };
    const options = { signal, capture: true, passive: true };
    globalThis.addEventListener("input", onText, options);
    globalThis.addEventListener("focusin", turnTo, options);
    globalThis.addEventListener("keydown", onKey, options);
    globalThis.addEventListener("pointerdown", onPointer, options);
    signal.addEventListener("abort", () => clearTimeout(pending));

    return {
      tell(chatName, next) {
        if (chatName === chat && next === state) return;
        if (chatName !== chat) {
          composer = null; // another chat's text is another text, even in the same element
          read = "";
          found = [];
          dismissed.clear();
          note?.hide();
        }
        [chat, state] = [chatName, next];
        const active = /** @type {Element | null} */ (dom.active());
        if (!composer && active && isWatching()) composer = adapter.composer(active);
        if (composer && next !== "loading") judge(); // a moment's looking is no reason to warn
      },
    };
  };

  CuelightContent.composers = Object.freeze({ start });
})();
