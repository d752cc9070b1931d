"use strict";
// The warning beside a composer: what the text looks like, why that matters now, and a button that makes it go away.
// It lies over the page, moves nothing, and stops nobody from typing or sending.
(() => {
  const HOST = "cuelight-note";
  const GAP_PX = 6;
  const WIDEST_PX = 460;

  /** Inline and important, as the cue's host: out of the page's flow, so that nothing moves. @param {HTMLElement} host */
  const hold = (host) => {
    const wanted = { all: "initial", display: "block", position: "fixed", "inline-size": "0", "block-size": "0", visibility: "visible", opacity: "1", filter: "none", transform: "none" };
    for (const [name, value] of Object.entries(wanted)) host.style.setProperty(name, value, "important");
  };

  /**
   * @param {Words} words @param {string} drawnBy @param {() => void} onDismiss @param {AbortSignal} signal
   * @returns {NoteElement}
   */
  const make = (words, drawnBy, onDismiss, signal) => {
    const { dom, shapes, cueHost } = CuelightContent;
    const host = dom.make(HOST);
    host.setAttribute("data-drawn-by", drawnBy);
    hold(host);
    const root = host.attachShadow({ mode: "closed" });
    cueHost.dress(root);
    const box = dom.make("div", "cue");
    box.setAttribute("dir", words("text_direction"));
    const warn = dom.make("div", "warn");
    warn.setAttribute("popover", "manual");
    warn.setAttribute("role", "group");
    warn.setAttribute("aria-label", words("guard_title"));
    const body = dom.make("div", "body");
    const button = dom.make("button", "dismiss");
    button.setAttribute("type", "button");
    dom.say(button, words("guard_dismiss"));
    button.setAttribute("aria-label", words("guard_dismiss"));
    const spoken = dom.make("div", "spoken");
    spoken.setAttribute("role", "status");
    spoken.setAttribute("aria-live", "polite");
    box.append(warn, spoken);
    root.append(box);

    let shown = "";
    /** @type {Element | null} */
    let beside = null;
    const isOpen = () => warn.matches(":popover-open");

    const place = () => {
      if (!beside || !isOpen()) return;
      const at = beside.getBoundingClientRect();
      warn.style.inlineSize = `${Math.min(WIDEST_PX, Math.max(220, at.width), innerWidth - 16)}px`;
      const size = warn.getBoundingClientRect();
      const above = at.top - GAP_PX - size.height;
      const top = above >= 8 ? above : Math.min(at.bottom + GAP_PX, innerHeight - size.height - 8);
      const start = getComputedStyle(box).direction === "rtl" ? at.right - size.width : at.left;
      warn.style.top = `${Math.max(8, top)}px`;
      warn.style.left = `${Math.max(8, Math.min(start, innerWidth - size.width - 8))}px`;
    };

    const hide = () => {
      if (isOpen()) warn.hidePopover();
      if (dom.connected(host)) Element.prototype.remove.call(host);
      shown = "";
      dom.say(spoken, "");
      beside = null;
    };

    const on = (/** @type {EventTarget} */ target, /** @type {string} */ type, /** @type {(event: Event) => void} */ listener) =>
      target.addEventListener(type, listener, { signal });
    on(button, "click", (event) => event.isTrusted && onDismiss());
    for (const type of ["pointerdown", "mousedown", "click", "dblclick"]) on(root, type, (event) => event.stopPropagation());
    on(root, "keydown", (event) => {
      event.stopPropagation(); // single letters are shortcuts on many desks
      if (/** @type {KeyboardEvent} */ (event).key === "Escape") onDismiss();
    });
    for (const type of ["scroll", "resize"]) globalThis.addEventListener(type, place, { signal, capture: true, passive: true });
    signal.addEventListener("abort", hide);

    return {
      hide,
      show(composer, kinds, state) {
        // After the composer, so that Tab leads from it to the button.
        if (beside !== composer || !dom.connected(host)) {
          beside = composer;
          if (!dom.put(composer, "after", host)) return;
        }
        const name = JSON.stringify([kinds, state]);
        if (name !== shown) {
          const text = words("guard_found", kinds.map((kind) => words(`guard_kind_${kind}`)).join(", "));
          const first = dom.make("b");
          dom.say(first, text);
          const why = dom.make("small");
          dom.say(why, words("guard_why"));
          body.replaceChildren(first, why);
          const colour = state === "red" ? "red" : "amber";
          box.setAttribute("data-state", colour);
          box.setAttribute("data-theme", cueHost.themeBehind(composer));
          warn.replaceChildren(shapes.draw(colour, 22), body, button);
          const sentence = `${words("guard_title")}. ${text} ${words("guard_why")}`;
          if (dom.said(spoken) !== sentence) dom.say(spoken, sentence);
          shown = name;
        }
        if (!isOpen()) warn.showPopover();
        place();
      },
    };
  };

  CuelightContent.note = Object.freeze({ make });
})();
