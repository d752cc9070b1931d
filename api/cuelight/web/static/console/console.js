/* What makes the console smoother; every page works without it. */
"use strict";
(() => {
  const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

  /** Times as the viewer's clock shows them; UTC stays on hover. */
  const localise = (/** @type {ParentNode} */ root) => {
    for (const each of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const at = new Date(each.getAttribute("datetime") ?? "");
      if (Number.isNaN(at.getTime())) continue;
      each.textContent = day.format(at);
      each.setAttribute("data-local", "");
    }
  };

  /** An open menu or question closes by Escape, and a menu by a click elsewhere. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = /** @type {HTMLElement | null} */ (document.activeElement)?.closest("details[open].who, details[open].confirm");
    if (!open) return;
    open.removeAttribute("open");
    open.querySelector("summary")?.focus();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[open].who")) {
      if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
    }
  });

  /** On a phone the menu is one line: show where we are in it. */
  document.querySelector("nav.menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  document.addEventListener("htmx:afterSettle", (event) => localise(/** @type {ParentNode} */ (event.target)));
  localise(document);
})();
