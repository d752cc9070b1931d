"use strict";
// From an element of the page to selectors that find its like in every other chat. Only what the desk's own programmers
// wrote counts: ids, test ids, roles, names of data attributes, classes, tags. Labels and texts are left out: they are
// translated, and may be a contact's words. What a machine made (hashes, counters) is left out: it changes with the next release.
(() => {
  const LONGEST = 200; // as in desks/schema.json
  const UP = 12; // ancestors looked at
  const DEEP = 5; // steps of a path of children
  const MOST = 2; // selectors given
  const QUESTIONS = 800; // asked of the page for one element: a large page must not stand still
  const TESTS = ["data-testid", "data-test-id", "data-test", "data-qa", "data-cy", "data-component", "data-slot", "data-section", "data-region", "data-hook"];
  /** Attributes and classes that say how an element is just now, not what it is. */
  const PASSING = /(?:^|[-_:])(?:state|open(?:ed)?|closed?|active|inactive|selected|current|focus(?:ed)?|hover(?:ed)?|expanded|collapsed|checked|pressed|disabled|enabled|highlighted|theme|dark|light|loading|loaded|unread|read|dirty|visible|hidden|show|shown|hide|index|key|online|offline|placeholder|empty)(?:$|[-_:])/;
  const LANDMARKS = ["header", "main", "nav", "aside", "footer", "form", "article"];

  /**
   * Whether a person wrote this name: plain words, no mixture that a build tool makes. Classes may have a digit or two
   * ("col-6"); elsewhere digits are counters.
   * @param {string} name @param {boolean} [digits]
   */
  const isWritten = (name, digits = false) =>
    (digits || !/\d/.test(name)) && name.length >= 3 && name.length <= 48 && !PASSING.test(name.toLowerCase()) && /^[A-Za-z]/.test(name) &&
    name.split(/[-_:.]/).every((part) => /^(?:[a-z]*|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*|[A-Z]{1,4}|\d{1,2})$/.test(part) && (part.length < 5 || /[aeiouy]/i.test(part))) &&
    /[a-z]{3}/i.test(name);

  /** @param {string} value for between quotation marks in a selector */
  const quoted = (value) => `"${value}"`; // written names hold no quotation mark

  /** The attribute that names the open chat and nothing else. @param {Element} element @param {string} chatId */
  const naming = (element, chatId) => {
    const { dom } = CuelightContent;
    return dom.attributes(element).find((name) => /^(?:data-[a-z]+(?:-[a-z]+){0,4}|uuid)$/.test(name) && dom.attribute(element, name) === chatId);
  };

  /**
   * Selectors of one element by itself, the steadiest first.
   * @param {Element} element @param {string} chatId "" where the address names no chat
   * @returns {string[]}
   */
  const simples = (element, chatId) => {
    const { dom } = CuelightContent;
    const tag = dom.tag(element);
    /** @type {string[]} */
    const found = [];
    for (const name of TESTS) {
      const value = dom.attribute(element, name);
      if (value !== null && isWritten(value)) found.push(`[${name}=${quoted(value)}]`);
    }
    const named = chatId && naming(element, chatId);
    if (named) found.push(`[${named}="{chat_id}"]`);
    const id = dom.attribute(element, "id") ?? "";
    if (isWritten(id)) found.push(`#${CSS.escape(id)}`);
    if (chatId && id.endsWith(chatId) && id.length > chatId.length) {
      const start = id.slice(0, -chatId.length);
      if (/^[A-Za-z][A-Za-z_:-]{1,40}$/.test(start) && isWritten(start.replace(/[-_:]+$/, ""))) found.push(`[id="${start}{chat_id}"]`);
    }
    const role = dom.attribute(element, "role") ?? "";
    if (isWritten(role) && !["presentation", "none", "button", "link"].includes(role)) found.push(`${tag}[role=${quoted(role)}]`);
    for (const name of dom.attributes(element)) {
      if (/^data-[a-z]+(?:-[a-z]+){0,4}$/.test(name) && !PASSING.test(name) && !TESTS.includes(name)) found.push(`[${name}]`);
    }
    const classes = (dom.attribute(element, "class") ?? "").split(/\s+/).slice(0, 20).filter((name) => isWritten(name, true) && !(chatId && name.includes(chatId)));
    found.push(...classes.map((name) => `.${CSS.escape(name)}`));
    for (const [i, one] of classes.entries()) for (const other of classes.slice(i + 1, i + 4)) found.push(`.${CSS.escape(one)}.${CSS.escape(other)}`);
    if (LANDMARKS.includes(tag) || (tag.includes("-") && !tag.startsWith("cuelight-"))) found.push(tag);
    return found.slice(0, 40);
  };

  /** "div:nth-of-type(2)". @param {Element} element */
  const nth = (element) => {
    const { dom } = CuelightContent;
    const parent = dom.parent(element);
    const tag = dom.tag(element);
    const alike = parent instanceof Element ? dom.allIn(parent, `:scope > ${tag}`) : [];
    return alike.length > 1 ? `${tag}:nth-of-type(${alike.indexOf(element) + 1})` : tag;
  };

  /**
   * @param {Element} element @param {Element | null} pane look within this element only @param {string} chatId
   * @returns {string[]} selectors that find this element and no other one now, the steadiest first; none where there is none
   */
  const find = (element, pane, chatId) => {
    const { dom } = CuelightContent;
    let left = QUESTIONS;
    /** @param {string} selector @returns {boolean} */
    const only = (selector) => {
      left -= 1;
      if (left < 0 || selector.length > LONGEST) return false;
      const wanted = selector.replaceAll("{chat_id}", CSS.escape(chatId));
      const all = pane ? dom.allIn(pane, wanted) : dom.all(wanted);
      return all.length === 1 && all[0] === element;
    };
    /** Ancestors, the nearest first. @type {Element[]} */
    const around = [];
    for (let node = dom.parent(element); node instanceof Element && node !== pane && around.length < UP; node = dom.parent(node)) around.push(node);
    const own = simples(element, chatId);
    const tag = dom.tag(element);
    /** @type {string[]} */
    const found = [];
    /** A second one is of use only where it does not lean on the first. @param {string[]} selectors */
    const keep = (selectors) => {
      const next = found.length < MOST && selectors.find((each) => !found.some((past) => each.includes(past)) && only(each));
      if (next) found.push(next);
    };
    for (const each of own) keep([each]);
    // An ancestor that can be told by itself, and the element in it.
    for (const each of around) for (const base of simples(each, chatId).slice(0, 12)) keep([...own.slice(0, 8), tag].map((step) => `${base} ${step}`));
    if (found.length) return found;
    // Last: its place among its neighbours, from the nearest ancestor that can be told.
    let path = nth(element);
    for (const each of around.slice(0, DEEP)) {
      const base = [...simples(each, chatId), ...(dom.tag(each) === "body" ? ["body"] : [])].find((step) => only(`${step} > ${path}`));
      if (base) return [`${base} > ${path}`];
      path = `${nth(each)} > ${path}`;
    }
    return pane && only(`:scope > ${path}`) ? [`:scope > ${path}`] : [];
  };

  /**
   * The element around `element` (or itself) that names the open chat in an attribute, and nothing else.
   * @param {Element} element @param {string} chatId
   * @returns {{element: Element, selector: string, attribute: string} | null}
   */
  const paneOf = (element, chatId) => {
    const { dom } = CuelightContent;
    if (!chatId) return null;
    for (let node = /** @type {Node | null} */ (element), up = 0; node instanceof Element && up < UP; node = dom.parent(node), up += 1) {
      const attribute = naming(node, chatId);
      if (attribute) return { element: node, selector: `[${attribute}]`, attribute };
    }
    return null;
  };

  /** For people: what the pointer is on. @param {Element} element */
  const label = (element) => {
    const [first = ""] = simples(element, "");
    const tag = CuelightContent.dom.tag(element);
    return first.startsWith(tag) ? first : `${tag}${first}`;
  };

  CuelightContent.selectors = Object.freeze({ find, paneOf, label, isWritten });
})();
