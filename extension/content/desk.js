"use strict";
// Desk data to the open chat and the place for its cue. Ids come from the URL and from structural attributes only:
// never from text that a contact could have written.
(() => {
  // One character class: linear, whatever the page puts there. "." and ".." would climb in the API's address.
  const ID = /^(?!\.{1,2}$)[A-Za-z0-9._:@+~-]{1,128}$/;
  const MAX_TEXT = 2048;
  const MANY = "{**}";
  const ANY_COMPOSER = ["textarea", '[contenteditable]:not([contenteditable="false"])', '[role="textbox"]'];

  /**
   * Matches one segment against a template with at most one placeholder.
   * @param {string} template @param {string} text @param {Record<string, string>} found
   */
  const segment = (template, text, found) => {
    const open = template.indexOf("{");
    if (open < 0) return template === text;
    const close = template.indexOf("}", open);
    if (close < 0) return false;
    const before = template.slice(0, open);
    const after = template.slice(close + 1);
    if (text.length < before.length + after.length || !text.startsWith(before) || !text.endsWith(after)) return false;
    const name = template.slice(open + 1, close);
    if (name === "*") return true;
    let value = text.slice(before.length, text.length - after.length);
    try {
      value = decodeURIComponent(value);
    } catch {
      return false; // a broken escape names no chat
    }
    if (!ID.test(value)) return false;
    found[name] = value;
    return true;
  };

  /**
   * A template is compared segment by segment, so the work is linear in the length of the text: no regular expression
   * of a desk file is ever run. `{chat_id}`, `{account}` take one segment's value; `{*}` takes any one segment, and
   * `{**}`, once in a template and a segment of its own, any number of them.
   * @param {string} template @param {string} text @param {string} [separator]
   * @returns {Record<string, string> | null} null where it does not match
   */
  const match = (template, text, separator = "/") => {
    if (text.length > MAX_TEXT) return null;
    const want = template.split(separator);
    const have = text.split(separator);
    if (separator === "/" && have.length > 1 && have.at(-1) === "") have.pop();
    if (separator === "/" && want.length > 1 && want.at(-1) === "") want.pop();
    const gap = want.indexOf(MANY);
    if (gap < 0 ? want.length !== have.length : have.length < want.length - 1) return null;
    const skipped = gap < 0 ? 0 : have.length - want.length;
    /** @type {Record<string, string>} */
    const found = Object.create(null);
    const fits = (/** @type {string} */ part, /** @type {number} */ i) =>
      i === gap || segment(part, /** @type {string} */ (have[gap >= 0 && i > gap ? i + skipped : i]), found);
    return want.every(fits) ? found : null;
  };

  /**
   * The parameters a shape names: each must stand there exactly once. Others do not matter.
   * @param {Record<string, string>} wanted @param {string} search
   * @returns {Record<string, string> | null} null where they do not match
   */
  const matchQuery = (wanted, search) => {
    if (search.length > MAX_TEXT) return null;
    const have = search.slice(1).split(/[&;]/);
    /** @type {Record<string, string>} */
    const found = Object.create(null);
    for (const [name, template] of Object.entries(wanted)) {
      const [text, again] = have.filter((each) => each.startsWith(`${name}=`)).map((each) => each.slice(name.length + 1));
      if (text === undefined || again !== undefined || !segment(template, text, found)) return null;
    }
    return found;
  };

  /**
   * Which chat a URL names; null where it names none.
   * @param {Desk} desk @param {URL} url
   * @returns {ChatKey | null}
   */
  const locate = (desk, url) => {
    for (const shape of desk.urls) {
      const host = shape.host === undefined ? {} : match(shape.host, url.hostname, ".");
      const path = host && match(shape.path, url.pathname);
      if (!path) continue;
      // Routers put their own query into the hash ("#/chat/7?tab=notes"); it never names the chat.
      const hash = shape.hash === undefined ? {} : match(shape.hash, url.hash.slice(1).split("?")[0] ?? "");
      if (!hash) continue;
      const query = shape.query === undefined ? {} : matchQuery(shape.query, url.search);
      if (!query) continue;
      const found = { ...host, ...path, ...query, ...hash };
      const chat_id = found.chat_id;
      // A company with two installations of one desk tells their accounts apart: "eu-{account}".
      const account = desk.account === undefined ? found.account : desk.account.replace("{account}", found.account ?? "");
      if (!chat_id || !account || !ID.test(account) || !chat_id.startsWith(shape.starts ?? "")) continue;
      if (shape.digits === true && !/^[0-9]+$/.test(chat_id)) continue; // "/tickets/new" is no ticket
      return { desk: desk.desk, account, chat_id };
    }
    return null;
  };

  /** Attributes whose change can open another chat. @param {Desk} desk @returns {string[]} */
  const attributesOf = (desk) => {
    const names = new Set();
    for (const { selector, attribute } of [desk.pane, desk.selected].filter((each) => each !== undefined)) {
      names.add(attribute);
      for (const hit of selector.matchAll(/\[\s*([A-Za-z0-9_-]+)/g)) names.add(hit[1]);
      if (selector.includes(".")) names.add("class");
    }
    return [...names];
  };

  /** `{chat_id}` in a selector; an id cannot break out of it. @param {string} selector @param {ChatKey} chat */
  const filled = (selector, chat) => selector.replaceAll("{chat_id}", CSS.escape(chat.chat_id));

  /**
   * The elements that name a chat, and those that name this one.
   * @param {Naming} naming @param {ChatKey} chat
   */
  const named = ({ selector, attribute, prefix = "" }, chat) => {
    const { dom } = CuelightContent;
    const all = dom.all(filled(selector, chat)).flatMap((element) => {
      const value = dom.attribute(element, attribute);
      return value === null ? [] : [{ element, id: value.startsWith(prefix) ? value.slice(prefix.length) : null }];
    });
    return { all, mine: all.filter(({ id }) => id === chat.chat_id) };
  };

  /**
   * Throws where a selector is not one: better at the start than a silent miss on every page.
   * @param {Desk} desk
   * @returns {Adapter}
   */
  const compile = (desk) => {
    const { dom } = CuelightContent;
    const { pane, selected, anchors, composers = [] } = desk;
    const nobody = { desk: "", account: "", chat_id: "0" };
    const selectors = [...(pane ? [pane.selector] : []), ...(selected ? [selected.selector] : []), ...anchors.map((each) => each.selector)];
    for (const selector of [...selectors.map((each) => filled(each, nobody)), ...composers]) dom.all(selector);

    /** @param {Naming | undefined} naming @param {ChatKey} chat */
    const ask = (naming, chat) => {
      if (!naming) return { agrees: true, missing: false, elements: [] };
      const { all, mine } = named(naming, chat);
      // A hosted desk's markup changes without notice; where nothing names any chat, the address stands alone.
      if (all.length === 0) return { agrees: naming.when_missing === "address", missing: true, elements: [] };
      return { agrees: mine.length > 0 && (naming.all_agree !== true || mine.length === all.length), missing: false, elements: mine.map(({ element }) => element) };
    };

    return {
      attributes: attributesOf(desk),
      anchored: anchors.length > 0,
      /** What is open now, and whether the page's own structure says the same as its address. */
      read() {
        const chat = locate(desk, new URL(location.href));
        if (!chat) return { chat, agrees: false, panes: [], missing: false };
        const [own, tab] = [ask(pane, chat), ask(selected, chat)];
        return { chat, agrees: own.agrees && tab.agrees, panes: own.elements, missing: own.missing || tab.missing };
      },
      /** The first anchor that exists; null: use the floating corner. */
      anchor(reading) {
        const { chat } = reading;
        if (!chat) return null;
        for (const { selector, within, place, pick, room = false } of anchors) {
          const wanted = filled(selector, chat);
          // Within its own pane, where the desk has panes: another one's header is no place for this chat's cue.
          const found = within === "pane" ? reading.panes.flatMap((pane) => dom.allIn(pane, wanted)) : dom.all(wanted);
          const element = found.at(pick === "last" ? -1 : 0);
          if (element) return { element, place, room };
        }
        return null;
      },
      /** The composer an element is in, if it is one. */
      composer(element) {
        for (const selector of composers.length ? composers : ANY_COMPOSER) {
          const found = dom.closest(element, selector);
          if (found) return found;
        }
        return null;
      },
    };
  };

  CuelightContent.desk = Object.freeze({ compile, match, locate });
})();
