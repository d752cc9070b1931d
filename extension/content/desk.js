"use strict";
// Desk data to the open chat and the place for its cue. Ids come from the URL and from structural attributes only:
// never from text that a contact could have written.
(() => {
  // One character class: linear, whatever the page puts there. "." and ".." would climb in the API's address.
  const ID = /^(?!\.{1,2}$)[A-Za-z0-9._:@+~-]{1,128}$/;
  const MAX_TEXT = 2048;

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
   * of a desk file is ever run. `{chat_id}`, `{account}` take one segment's value; `{*}` takes any one segment.
   * @param {string} template @param {string} text @param {string} [separator]
   * @returns {Record<string, string> | null} null where it does not match
   */
  const match = (template, text, separator = "/") => {
    if (text.length > MAX_TEXT) return null;
    const want = template.split(separator);
    const have = text.split(separator);
    if (separator === "/" && have.length > 1 && have.at(-1) === "") have.pop();
    if (separator === "/" && want.length > 1 && want.at(-1) === "") want.pop();
    if (want.length !== have.length) return null;
    /** @type {Record<string, string>} */
    const found = Object.create(null);
    return want.every((part, i) => segment(part, /** @type {string} */ (have[i]), found)) ? found : null;
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
      const found = { ...host, ...path, ...hash };
      const chat_id = found.chat_id;
      const account = found.account ?? desk.account;
      if (chat_id && account) return { desk: desk.desk, account, chat_id };
    }
    return null;
  };

  /** Attributes whose change can open another chat. @param {Desk} desk @returns {string[]} */
  const attributesOf = (desk) => {
    const names = new Set();
    if (desk.pane) {
      names.add(desk.pane.attribute);
      for (const hit of desk.pane.selector.matchAll(/\[\s*([A-Za-z0-9_-]+)/g)) names.add(hit[1]);
      if (desk.pane.selector.includes(".")) names.add("class");
    }
    return [...names];
  };

  /**
   * Throws where a selector is not one: better at the start than a silent miss on every page.
   * @param {Desk} desk
   * @returns {Adapter}
   */
  const compile = (desk) => {
    const { dom } = CuelightContent;
    const { pane, anchors } = desk;
    for (const { selector } of [...(pane ? [pane] : []), ...anchors]) dom.all(selector);

    /** @param {Element} element */
    const idOf = (element) => {
      const value = pane ? dom.attribute(element, pane.attribute) : null;
      const prefix = pane?.prefix ?? "";
      return value !== null && value.startsWith(prefix) ? value.slice(prefix.length) : null;
    };

    return {
      attributes: attributesOf(desk),
      /** What is open now, and whether the page's own structure says the same as its address. */
      read() {
        const chat = locate(desk, new URL(location.href));
        if (!chat || !pane) return { chat, agrees: chat !== null, pane: null };
        const panes = dom.all(pane.selector);
        const mine = panes.filter((element) => idOf(element) === chat.chat_id);
        const agrees = mine.length > 0 && (pane.all_agree !== true || mine.length === panes.length);
        return { chat, agrees, pane: mine[0] ?? null };
      },
      /** The first anchor that exists; null: use the floating corner. */
      anchor(reading) {
        for (const { selector, within, place } of anchors) {
          const element = within === "pane" && reading.pane ? dom.first(reading.pane, selector) : dom.all(selector)[0];
          if (element) return { element, place };
        }
        return null;
      },
    };
  };

  CuelightContent.desk = Object.freeze({ compile, match, locate });
})();
