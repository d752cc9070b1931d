"use strict";
// "Click where the cue should go": on the desk's page, asked for by the options page and gone when it is done. First the
// agent opens a chat, then points at a place, then sees a cue stand there. What goes back are selectors, never a text of the page.
(() => {
  const LOOK_MS = 400;
  const EDITED = 'textarea, [contenteditable]:not([contenteditable="false"])';
  /** Elements a cue can stand in. */
  const ROOMY = new Set(["div", "header", "section", "main", "aside", "nav", "footer", "form", "article", "span", "li", "td", "th", "h1", "h2", "h3", "h4", "p"]);
  /** Those that are a place for a cue rather than something beside which it stands. */
  const BOXES = new Set(["div", "header", "section", "main", "aside", "nav", "footer", "form", "article", "li", "td", "th"]);

  /** What can have a cue in or beside it: not the letters of an editor, nor the lines of a drawing. @param {Element} element */
  const solid = (element) => {
    const { dom } = CuelightContent;
    const edited = dom.closest(element, EDITED);
    if (edited) {
      let outermost = edited;
      for (let up = dom.parent(outermost); up instanceof Element; up = dom.parent(up)) if (dom.closest(up, EDITED) === up) outermost = up;
      return outermost;
    }
    return dom.closest(element, "svg") ?? element;
  };
  /** @param {Element | undefined} element */
  const isPlace = (element) => element !== undefined && !CuelightContent.dom.tag(element).startsWith("cuelight-") && !["html", "body", "head", "script", "style", "link", "template"].includes(CuelightContent.dom.tag(element));

  /** @param {Element} element @returns {Place[]} the first one is proposed */
  const placesOf = (element) => {
    const tag = CuelightContent.dom.tag(element);
    const edited = CuelightContent.dom.closest(element, EDITED) !== null;
    const inside = ROOMY.has(tag) && !edited;
    if (!inside) return ["after", "before"];
    return BOXES.has(tag) ? ["append", "prepend", "before", "after"] : ["after", "before", "append", "prepend"];
  };

  /** @param {PickOrder} order @returns {Promise<{picked: Picked | null}>} null where the agent ended it */
  const pick = ({ messages, mark, known }) => {
    const { dom, selectors, address } = CuelightContent;
    const words = CuelightContent.words(messages);
    CuelightContent.picking?.abort();
    const life = (CuelightContent.picking = new AbortController());
    const { signal } = life;
    /** @type {Element | null} */
    let target = null;
    /** @type {Picked | null} */
    let picked = null;
    /** @type {"open" | "point" | "sample"} */
    let step = "open";
    /** @type {PickerView} */
    let view;
    const sample = CuelightContent.cue.make(words, mark, "sample", () => undefined, signal);

    const here = () => {
      const cut = address.cut(location.href);
      return cut && address.like(cut, known);
    };
    const chatId = () => {
      const cut = here();
      return cut ? address.named(cut, "chat_id") : "";
    };
    const tellChat = () => view.say(chatId() ? words("pick_chat", chatId()) : words("pick_no_chat"));

    /** @param {"open" | "point"} next */
    const turnTo = (next) => {
      step = next;
      sample.clear();
      picked = null;
      view.step(next);
      view.clear(null);
      if (next === "open") tellChat();
      else aim(target ?? dom.allAt(innerWidth / 2, innerHeight / 4).find(isPlace) ?? null);
    };
    /** @param {Element | null} element */
    const aim = (element) => {
      target = element && dom.connected(element) ? solid(element) : null;
      view.frame(target);
      view.say(target ? selectors.label(target) : "");
    };
    /** @param {Element} element @param {Place} place */
    const show = (element, place) => {
      sample.attach({ element, place });
      sample.draw({ state: "grey", body: null, reason: null, late: false, age_s: 0 });
      view.clear(dom.box(sample.host));
    };
    const choose = () => {
      if (!target || !dom.connected(target)) return aim(null);
      const id = chatId();
      const pane = selectors.paneOf(target, id);
      const within = pane !== null && pane.element !== target; // the pane itself is looked for in the whole page
      const anchors = selectors.find(target, within ? pane.element : null, id);
      const places = placesOf(target);
      if (!anchors.length) return view.say(words("pick_none"));
      step = "sample";
      picked = { address: location.href.slice(0, 2048), anchors, place: places[0] ?? "after", pane: pane && { selector: pane.selector, attribute: pane.attribute }, within };
      view.step("sample", places, picked.place);
      view.say(anchors.join("  ·  "));
      show(target, picked.place);
      return undefined;
    };
    /** The neighbour in the page's tree. @param {"out" | "in" | "past" | "next"} way */
    const move = (way) => {
      const from = target;
      if (!from) return turnTo("point");
      const parent = dom.parent(from);
      const around = parent instanceof Element ? dom.allIn(parent, ":scope > *").filter(isPlace) : [];
      const at = around.indexOf(from);
      const next = {
        out: parent instanceof Element && isPlace(parent) ? parent : undefined,
        in: dom.allIn(from, ":scope > *").find(isPlace),
        past: around[at - 1],
        next: around[at + 1],
      }[way];
      if (next) {
        Element.prototype.scrollIntoView.call(next, { block: "nearest" });
        aim(next);
      }
      return undefined;
    };

    return new Promise((done) => {
      view = CuelightContent.pickerView.make(words, {
        begin: () => turnTo("point"),
        cancel: () => life.abort(),
        again: () => turnTo("point"),
        place(place) {
          if (!picked || !target) return;
          picked = { ...picked, place };
          show(target, place);
        },
        at: (x, y) => {
          const found = dom.allAt(x, y).find(isPlace) ?? null;
          if (found && solid(found) !== target) aim(found);
        },
        choose,
        move,
        take() {
          const result = picked;
          done({ picked: result });
          life.abort();
        },
      }, signal);
      signal.addEventListener("abort", () => {
        clearInterval(watching);
        sample.clear();
        CuelightContent.picking = undefined;
        done({ picked: null }); // nothing, if it was taken
      });
      const watching = setInterval(() => {
        const isGone = !dom.connected(view.host);
        if (isGone) dom.put(/** @type {Element} */ (dom.root()), "append", view.host);
        if (isGone || (step === "sample" && !(target && dom.connected(target)))) turnTo(step === "open" ? "open" : "point"); // the desk drew itself anew
        else if (step === "open") tellChat();
        else if (step === "sample" && target && picked && !dom.connected(sample.host)) show(target, picked.place);
        else if (step === "point") view.frame(target);
      }, LOOK_MS);
      globalThis.addEventListener("keydown", (event) => event.isTrusted && event.key === "Escape" && life.abort(), { signal, capture: true });
      for (const type of ["scroll", "resize"]) globalThis.addEventListener(type, () => step === "point" && view.frame(target), { signal, capture: true, passive: true });
      dom.put(/** @type {Element} */ (dom.root()), "append", view.host);
      turnTo("open");
    });
  };
  CuelightContent.pick = pick;
})();
