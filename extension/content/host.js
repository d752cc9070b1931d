"use strict";
// What surrounds the cue: its host's own style, which no style sheet of the page can override, the cue's style sheet in
// the closed root, and whether the desk behind it is light or dark.
(() => {
  const SIZE = { inline: "184px", block: "32px" };
  const CORNER = { position: "fixed", "inset-block-end": "16px", "inset-inline-end": "16px", "z-index": "2147483647" };

  /** Inline and important, so that the page's style sheets cannot hide or move the host. @param {HTMLElement} host @param {boolean} floating @param {boolean} room */
  const hold = (host, floating, room) => {
    /** @type {Record<string, string>} */
    const wanted = {
      all: "initial", display: "inline-block", "inline-size": SIZE.inline, "block-size": SIZE.block, "flex": "none", "max-inline-size": "100%",
      position: "relative", "vertical-align": "middle", visibility: "visible", opacity: "1", "pointer-events": "auto",
      transform: "none", filter: "none", "clip-path": "none", "contain": "layout style", "isolation": "isolate",
      ...(room ? { margin: "10px 14px" } : {}),
      ...(floating ? CORNER : {}),
    };
    host.removeAttribute("style");
    for (const [name, value] of Object.entries(wanted)) host.style.setProperty(name, value, "important");
  };

  const LOOK_MS = 100;
  const FAINT_MS = 500; // asks about all that is around the cue
  const OWN = ["data-drawn-by", "style"];

  /** Whether the host is as it was left; a page may write on it as on any element. @param {HTMLElement} host @param {string} held */
  const isUntouched = (host, held) => {
    const { dom } = CuelightContent;
    if (dom.attribute(host, "style") !== held) return false;
    return dom.attributes(host).every((name) => OWN.includes(name));
  };

  /** Takes away whatever a page wrote on the host. @param {HTMLElement} host */
  const clean = (host) => {
    for (const name of CuelightContent.dom.attributes(host)) if (!OWN.includes(name)) Element.prototype.removeAttribute.call(host, name);
  };

  /**
   * Whether the page makes the cue too faint to see, by itself or through what is around it; or has it where nobody can
   * scroll to.
   * @param {HTMLElement} host @param {DOMRect} at
   */
  const isFaint = (host, at) => {
    const { dom } = CuelightContent;
    const root = dom.root();
    const [x, y] = [at.left + scrollX, at.top + scrollY];
    if (x + at.width < 0 || y + at.height < 0 || x > Math.max(innerWidth, root?.scrollWidth ?? 0) || y > Math.max(innerHeight, root?.scrollHeight ?? 0)) return true;
    let opacity = 1;
    for (let node = /** @type {Node | null} */ (host), up = 0; node instanceof Element && up < 40; node = dom.parent(node), up += 1) {
      const style = getComputedStyle(node);
      opacity *= Number(style.opacity);
      if (opacity < 0.5 || /opacity|blur/.test(style.filter)) return true;
    }
    return false;
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

  /** @param {ShadowRoot} root @param {string} [text] another style sheet than the cue's */
  const dress = (root, text = CuelightContent.style()) => {
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

  /**
   * Asks the browser itself, where it can tell (Chromium), whether something is painted over the host: hit tests miss
   * covers that let clicks through.
   * @param {HTMLElement} host @param {AbortSignal} signal
   * @returns {() => boolean} true while it is painted over
   */
  const watchCovers = (host, signal) => {
    let covered = false;
    const observer = new IntersectionObserver(
      (entries) => {
        const last = /** @type {IntersectionObserverEntry & {isVisible?: boolean} | undefined} */ (entries.at(-1));
        covered = last?.isIntersecting === true && last.intersectionRatio > 0.9 && last.isVisible === false;
      },
      /** @type {IntersectionObserverInit} */ ({ threshold: [0, 0.95], trackVisibility: true, delay: 150 }),
    );
    observer.observe(host);
    signal.addEventListener("abort", () => observer.disconnect());
    return () => covered;
  };

  /**
   * What can be seen of the cue where it lies. That costs the page a layout, so it is not asked at each of its changes.
   * @param {HTMLElement} host @param {HTMLElement} chip @param {AbortSignal} signal
   * @returns {Sight}
   */
  const sight = (host, chip, signal) => {
    const { dom } = CuelightContent;
    const isPaintedOver = watchCovers(host, signal);
    let faint = false;
    /** @type {"yes" | "hidden" | "covered"} */
    let last = "yes";
    let looked_ms = -Infinity;
    let faint_ms = -Infinity;

    /** @returns {"yes" | "hidden" | "covered"} */
    const measure = () => {
      const at = host.getBoundingClientRect();
      const seen = host.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
      if (!seen || at.width < 24 || at.height < 16) return "hidden";
      if (performance.now() - faint_ms > FAINT_MS) {
        faint_ms = performance.now();
        faint = isFaint(host, at);
      }
      if (faint) return "hidden";
      const chipAt = chip.getBoundingClientRect();
      for (const part of [0.15, 0.75]) {
        const [x, y] = [chipAt.left + chipAt.width * part, at.top + at.height / 2];
        if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return "yes"; // scrolled away is no trick
        if (dom.at(x, y) !== host) return "covered";
      }
      return isPaintedOver() ? "covered" : "yes";
    };
    return {
      forget() {
        looked_ms = faint_ms = -Infinity;
      },
      look() {
        if (performance.now() - looked_ms > LOOK_MS) {
          last = measure();
          looked_ms = performance.now();
        }
        return last;
      },
    };
  };

  CuelightContent.cueHost = Object.freeze({ hold, isUntouched, clean, sight, themeBehind, dress });
})();
