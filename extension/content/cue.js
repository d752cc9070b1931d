"use strict";
// The cue on the page: a chip in a closed shadow root, with the strongest reason on hover or focus and a small card.
// Every text goes in as text, where no page can search for it; no string of the API, the page or a contact is ever
// read as markup.
(() => {
  const HOST = "cuelight-cue";
  const MARGIN_PX = 12;
  const THEME_MS = 900; // desks switch between light and dark while a chat is open; looking costs a style lookup

  /** @param {Words} words @param {Drawing} drawing @returns {string} the one sentence that matters most, "" if none */
  const topLine = (words, { body, reason, state }) => {
    if (reason) return words(`reason_${reason}`);
    if (state === "loading" || state === "none") return "";
    const reasons = body?.reasons ?? [];
    // The strongest of those that speak for this cue: a red is not explained by what looks familiar.
    const told = reasons.find(({ points }) => points === undefined || (state === "green" ? points <= 0 : state === "grey" || points > 0));
    return (told ?? reasons[0])?.text ?? words(`plain_${state}`);
  };

  /** @param {HTMLElement} box @param {string} heading @param {{text: string}[]} lines */
  const list = (box, heading, lines) => {
    if (!lines.length) return;
    const { dom } = CuelightContent;
    const title = dom.make("h2");
    dom.say(title, heading);
    title.setAttribute("aria-label", heading);
    const items = dom.make("ul");
    for (const { text } of lines.slice(0, 8)) {
      const item = dom.make("li");
      dom.say(item, text);
      items.append(item);
    }
    box.append(title, items);
  };

  /**
   * @param {Words} words @param {string | null} mark the agent's own, which no page can read
   * @param {string} drawnBy @param {() => void} onDetails @param {AbortSignal} signal
   * @returns {CueElement}
   */
  const make = (words, mark, drawnBy, onDetails, signal) => {
    const { dom, shapes, cueHost } = CuelightContent;
    const host = dom.make(HOST);
    // Says who drew it, never what it shows: a page must not be able to read the cue.
    host.setAttribute("data-drawn-by", drawnBy);
    const root = host.attachShadow({ mode: "closed" });
    cueHost.dress(root);

    const box = dom.make("div", "cue");
    box.setAttribute("dir", words("text_direction"));
    const chip = dom.make("button", "chip");
    chip.setAttribute("type", "button");
    const tip = dom.make("div", "tip");
    tip.setAttribute("role", "tooltip");
    tip.id = "tip";
    const card = dom.make("div", "card");
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-label", words("details"));
    card.tabIndex = -1;
    for (const layer of [tip, card]) layer.setAttribute("popover", "manual");
    const spoken = dom.make("div", "spoken");
    spoken.setAttribute("role", "status");
    spoken.setAttribute("aria-live", "polite");
    box.append(chip, tip, card, spoken);
    root.append(box);

    /** @type {Drawing} */
    let drawing = { state: "none", body: null, reason: null, late: false, age_s: 0 };
    let drawn = "";
    let said = "";
    /** @type {Spot | null} */
    let spot = null;

    const isOpen = (/** @type {HTMLElement} */ layer) => layer.matches(":popover-open");
    const close = (/** @type {HTMLElement} */ layer) => {
      if (isOpen(layer)) layer.hidePopover();
      if (layer === card) chip.setAttribute("aria-expanded", "false");
    };
    /** Opens a layer under the chip, above it where there is no room below. @param {HTMLElement} layer */
    const open = (layer) => {
      if (!host.isConnected || isOpen(layer)) return;
      layer.showPopover();
      const at = chip.getBoundingClientRect();
      const size = layer.getBoundingClientRect();
      const below = at.bottom + 6;
      const top = below + size.height > innerHeight - MARGIN_PX ? Math.max(MARGIN_PX, at.top - 6 - size.height) : below;
      const start = getComputedStyle(box).direction === "rtl" ? at.right - size.width : at.left;
      layer.style.top = `${top}px`;
      layer.style.left = `${Math.max(MARGIN_PX, Math.min(start, innerWidth - size.width - MARGIN_PX))}px`;
    };
    const showTip = () => {
      if (dom.said(tip) && !isOpen(card)) open(tip);
    };
    const hideTip = () => close(tip);

    const fillCard = () => {
      const { state, body } = drawing;
      const head = dom.make("div", "head");
      const title = dom.make("div", "title");
      dom.say(title, words(`cue_${state}`));
      const names = dom.make("div");
      const age = dom.make("div", "age");
      dom.say(age, drawing.age_s < 3 ? words("age_now") : words("age_s", String(drawing.age_s)));
      names.append(title, age);
      head.append(shapes.draw(state, 26), names);
      card.replaceChildren(head);
      const lines = body && !drawing.reason ? body.reasons : [{ text: topLine(words, drawing) }];
      list(card, words("why"), lines);
      if (body && !drawing.reason) list(card, words("what_to_do"), body.advice);
      else list(card, words("what_to_do"), [{ text: words("advice_unverified") }]);
      if (body?.would_be && !drawing.reason) {
        const note = dom.make("p", "note");
        dom.say(note, body.would_be.text);
        card.append(note);
      }
    };
    const openCard = () => {
      if (isOpen(card)) return close(card);
      if (drawing.state === "loading" || drawing.state === "none") return undefined;
      hideTip();
      fillCard();
      open(card);
      chip.setAttribute("aria-expanded", "true");
      card.focus({ preventScroll: true });
      return undefined;
    };

    const on = (/** @type {EventTarget} */ target, /** @type {string} */ type, /** @type {(event: Event) => void} */ listener) =>
      target.addEventListener(type, listener, { signal });
    on(chip, "click", (event) => {
      event.stopPropagation();
      if (event.isTrusted && drawing.state !== "loading") onDetails();
    });
    for (const type of ["pointerdown", "mousedown", "dblclick"]) on(root, type, (event) => event.stopPropagation());
    on(chip, "pointerenter", showTip);
    on(chip, "pointerleave", hideTip);
    on(chip, "focus", () => chip.matches(":focus-visible") && showTip());
    on(chip, "blur", hideTip);
    on(root, "keydown", (event) => {
      event.stopPropagation(); // single letters are shortcuts on many desks
      if (/** @type {KeyboardEvent} */ (event).key !== "Escape") return;
      if (isOpen(card)) {
        close(card);
        chip.focus({ preventScroll: true });
      } else hideTip();
    });
    on(globalThis, "pointerdown", (event) => event.target !== host && close(card));
    globalThis.addEventListener("scroll", (event) => { if (event.target !== host) { hideTip(); close(card); } }, { signal, capture: true, passive: true });

    let held = "";
    const sight = cueHost.sight(host, chip, signal);
    let themed_ms = 0;
    const paintTheme = () => {
      themed_ms = performance.now();
      const theme = cueHost.themeBehind(spot?.element ?? dom.root() ?? host);
      if (box.getAttribute("data-theme") !== theme) box.setAttribute("data-theme", theme);
    };

    return {
      host,
      openCard,
      draw(next) {
        const text = topLine(words, next);
        const name = JSON.stringify([next.state, text, next.late, next.body?.advice, next.body?.reasons]);
        drawing = next;
        if (name === drawn) {
          if (performance.now() - themed_ms > THEME_MS) paintTheme();
          return;
        }
        drawn = name;
        paintTheme();
        const label = words(next.late ? "look_at_toolbar" : `cue_${next.state}`);
        const word = dom.make("span", "word");
        dom.say(word, label);
        chip.setAttribute("aria-label", label);
        box.setAttribute("data-state", next.state);
        chip.replaceChildren(shapes.draw(next.state, 18), word);
        if (mark) {
          const own = dom.make("span", "mark");
          dom.say(own, mark);
          own.setAttribute("aria-hidden", "true");
          chip.prepend(own);
        }
        dom.say(tip, next.state === "loading" ? "" : text);
        if (dom.said(tip)) {
          tip.setAttribute("aria-label", text);
          chip.setAttribute("aria-describedby", "tip");
        } else chip.removeAttribute("aria-describedby");
        chip.setAttribute("aria-haspopup", "dialog");
        if (!isOpen(card)) chip.setAttribute("aria-expanded", "false");
        else fillCard();
        if (!dom.said(tip)) hideTip();
        if (next.state !== "loading" && next.state !== "none") {
          const sentence = words("spoken", words(`colour_${next.state}`), label, text);
          if (next.state !== said) dom.say(spoken, sentence);
          said = next.state;
        }
      },
      clear() {
        drawing = { state: "none", body: null, reason: null, late: false, age_s: 0 };
        drawn = "";
        said = "";
        close(tip);
        close(card);
        box.setAttribute("data-state", "none");
        chip.replaceChildren();
        dom.say(tip, "");
        dom.say(spoken, "");
        if (dom.connected(host)) Element.prototype.remove.call(host);
      },
      attach(next) {
        spot = next;
        cueHost.clean(host);
        cueHost.hold(host, next === null, next?.room === true);
        held = dom.attribute(host, "style") ?? "";
        sight.forget();
        const root = dom.root();
        const there = next ? dom.put(next.element, next.place, host) : root ? dom.put(root, "append", host) : false;
        if (there) paintTheme();
        return there;
      },
      attached() {
        if (spot && !dom.connected(spot.element)) return "moved";
        if (!dom.connected(host)) return "removed";
        const inside = !spot || (spot.place === "append" || spot.place === "prepend" ? dom.parent(host) === spot.element : dom.parent(host) === dom.parent(spot.element));
        if (!inside || !cueHost.isUntouched(host, held)) return "removed";
        return sight.look();
      },
    };
  };

  CuelightContent.cue = Object.freeze({ make });
})();
