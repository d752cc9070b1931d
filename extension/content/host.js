"use strict";
// What surrounds the cue: its host's own style, which no style sheet of the page can override, the cue's style sheet in
// the closed root, and whether the desk behind it is light or dark.
(() => {
  const SIZE = { inline: "184px", block: "32px" };
  const CORNER = { position: "fixed", "inset-block-end": "16px", "inset-inline-end": "16px", "z-index": "2147483647" };

  /** Inline and important, so that the page's style sheets cannot hide or move the host. @param {HTMLElement} host @param {boolean} floating */
  const hold = (host, floating) => {
    /** @type {Record<string, string>} */
    const wanted = {
      all: "initial", display: "inline-block", "inline-size": SIZE.inline, "block-size": SIZE.block, "flex": "none", "max-inline-size": "100%",
      position: "relative", "vertical-align": "middle", visibility: "visible", opacity: "1", "pointer-events": "auto",
      transform: "none", filter: "none", "clip-path": "none", "contain": "layout style", "isolation": "isolate",
      ...(floating ? CORNER : {}),
    };
    host.removeAttribute("style");
    for (const [name, value] of Object.entries(wanted)) host.style.setProperty(name, value, "important");
  };

  /** Whether the nearest painted ground behind `start` is dark. @param {Element} start @returns {"light" | "dark"} */
  const themeBehind = (start) => {
    const { dom } = CuelightContent;
    for (let node = /** @type {Node | null} */ (start), up = 0; node instanceof Element && up < 40; node = dom.parent(node), up += 1) {
      const found = getComputedStyle(node).backgroundColor.match(/^rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)(?:[, /]+([\d.]+))?\)$/);
      if (!found || (found[4] !== undefined && Number(found[4]) < 0.5)) continue;
      const [red, green, blue] = [Number(found[1]), Number(found[2]), Number(found[3])];
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 110 ? "dark" : "light";
    }
    const root = dom.root();
    const scheme = root ? getComputedStyle(root).colorScheme : "normal";
    return scheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  };

  /** @param {ShadowRoot} root */
  const dress = (root) => {
    const text = CuelightContent.style();
    try {
      // A constructed sheet needs no permission from the page's style policy.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      root.adoptedStyleSheets = [sheet];
      if (root.adoptedStyleSheets.length === 1) return;
    } catch {
      // Some browsers refuse constructed sheets to content scripts; an element made by one is theirs, not the page's.
    }
    const element = CuelightContent.dom.make("style");
    element.textContent = text;
    root.append(element);
  };

  CuelightContent.cueHost = Object.freeze({ hold, themeBehind, dress });
})();
