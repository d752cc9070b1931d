// Before the first paint, so that a dark desk never flashes white. No choice made: the browser's preference.
"use strict";
(() => {
  const KEPT = "desk.theme";
  const root = document.documentElement;
  const browser = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : browser.matches);

  /** The extension's palette knows the browser's preference only; here the desk's own choice decides. */
  const paintPalette = () => {
    const sheet = [...document.styleSheets].find(({ href }) => href?.endsWith("/panel/palette.css"));
    for (const rule of sheet?.cssRules ?? []) {
      if (rule instanceof CSSMediaRule) rule.media.mediaText = isDark() ? "all" : "not all";
    }
  };

  const kept = localStorage.getItem(KEPT);
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  addEventListener("DOMContentLoaded", paintPalette);
  browser.addEventListener("change", paintPalette);

  globalThis.turnTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem(KEPT, root.dataset.theme);
    paintPalette();
  };
})();
