"use strict";
// The first content script: makes the one shared name, and the DOM calls that a page cannot stand in for.
//
// A page may name an element "querySelectorAll" or "parentNode": `document.querySelectorAll` is then that element, in
// the extension's isolated world too. So every call on nodes the page owns goes through the prototypes' own functions.
(() => {
  if (!Object.hasOwn(globalThis, "CuelightContent")) {
    // hasOwn, not `in`: an element with this id would otherwise be taken for ours.
    Object.defineProperty(globalThis, "CuelightContent", { value: Object.create(null) });
  }
  /** @type {(owner: object, name: string) => () => unknown} */
  const getter = (owner, name) => {
    const found = Object.getOwnPropertyDescriptor(owner, name)?.get;
    if (!found) throw new TypeError(`no getter ${name}`);
    return found;
  };
  const getRoot = getter(Document.prototype, "documentElement");
  const getParent = getter(Node.prototype, "parentNode");
  const getVisibility = getter(Document.prototype, "visibilityState");
  const getConnected = getter(Node.prototype, "isConnected");
  const getActive = getter(Document.prototype, "activeElement");
  const getTag = getter(Element.prototype, "localName");
  const getData = getter(CharacterData.prototype, "data");
  /** @param {HTMLTextAreaElement | HTMLInputElement} field */
  const getValue = (field) => getter((field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement).prototype, "value");
  const TEXT_MAX = 4000;
  const NODES_MAX = 1500;
  const BLOCKS = new Set(["p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote", "pre"]);

  CuelightContent.dom = Object.freeze({
    /** @returns {Element | null} the page's <html>, null before it exists */
    root: () => /** @type {Element | null} */ (getRoot.call(document)),
    /** @param {string} selector @returns {Element[]} */
    all: (selector) => [...Document.prototype.querySelectorAll.call(document, selector)],
    /** @param {Element} within @param {string} selector @returns {Element[]} */
    allIn: (within, selector) => [...Element.prototype.querySelectorAll.call(within, selector)],
    /** @param {Element} element @param {string} selector @returns {Element | null} itself or the nearest around it */
    closest: (element, selector) => Element.prototype.closest.call(element, selector),
    /** @param {Element} element @param {string} name @returns {string | null} */
    attribute: (element, name) => Element.prototype.getAttribute.call(element, name),
    /** @param {Element} element @returns {string} its name; "*" for one that would need care in a selector */
    tag: (element) => String(getTag.call(element)).replace(/^.*[^a-z0-9-].*$/s, "*"),
    /** @param {Element} element @returns {string[]} */
    attributes: (element) => Element.prototype.getAttributeNames.call(element),
    /** @param {Node} node @returns {ParentNode | null} */
    parent: (node) => /** @type {ParentNode | null} */ (getParent.call(node)),
    /** @param {Node} node @returns {boolean} */
    connected: (node) => getConnected.call(node) === true,
    /** @param {string} tag @param {string} [className] @returns {HTMLElement} */
    make: (tag, className) => {
      const element = Document.prototype.createElement.call(document, tag);
      if (className) element.className = className;
      return element;
    },
    /**
     * Shows a text as the style sheet's generated content. A page can search its document's text (`window.find`), closed
     * shadow roots included; what stands in an attribute is drawn and spoken all the same, and not found.
     * @param {Element} element @param {string} text "" shows nothing
     */
    say: (element, text) => {
      if (text) element.setAttribute("data-say", text);
      else element.removeAttribute("data-say");
    },
    /** @param {Element} element @returns {string} what it shows */
    said: (element) => element.getAttribute("data-say") ?? "",
    /**
     * Puts `node` at `place` of `anchor`; true if it is there now.
     * @param {Element} anchor @param {Place} place @param {Node} node
     */
    put: (anchor, place, node) => {
      if (place === "append") Element.prototype.append.call(anchor, node);
      else if (place === "prepend") Element.prototype.prepend.call(anchor, node);
      else if (place === "before") Element.prototype.before.call(anchor, node);
      else Element.prototype.after.call(anchor, node);
      return getConnected.call(node) === true;
    },
    /** @param {number} x @param {number} y @returns {Element[]} all that lie there, the uppermost first */
    allAt: (x, y) => Document.prototype.elementsFromPoint.call(document, x, y),
    /** @param {Element} element @returns {DOMRect} */
    box: (element) => Element.prototype.getBoundingClientRect.call(element),
    /** @param {number} x @param {number} y @returns {Element | null} */
    at: (x, y) => Document.prototype.elementFromPoint.call(document, x, y),
    /**
     * What stands in a text field or an editable element, its end if it is long.
     * @param {Element} element @returns {string}
     */
    textOf: (element) => {
      if (element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement) return String(getValue(element).call(element)).slice(-TEXT_MAX);
      const walker = Document.prototype.createTreeWalker.call(document, element, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      let text = "";
      let seen = 0;
      // From the end, where the agent writes: an editor may hold a long quotation above.
      /** @type {Node | null} */
      let node = walker.lastChild();
      while (node && walker.lastChild()) node = walker.currentNode;
      for (; node && node !== element && seen < NODES_MAX && text.length < TEXT_MAX; node = walker.previousNode(), seen += 1) {
        if (node instanceof Text) text = getData.call(node) + text;
        else if (node instanceof Element && BLOCKS.has(node.localName)) text = `\n${text}`;
      }
      return text.slice(-TEXT_MAX);
    },
    /** @returns {Element | null} where the keyboard is */
    active: () => /** @type {Element | null} */ (getActive.call(document)),
    visible: () => getVisibility.call(document) === "visible",
  });
})();
