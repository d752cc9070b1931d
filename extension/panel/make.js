// The panel's few kinds of elements. Texts are always set as text.

/** @param {string} tag @param {string} [className] @param {string} [text] */
export const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

/** @param {string} label @param {() => void} act @param {string} [className] */
export const button = (label, act, className) => {
  const element = /** @type {HTMLButtonElement} */ (make("button", className, label));
  element.type = "button";
  element.addEventListener("click", () => element.getAttribute("aria-disabled") !== "true" && act());
  return element;
};

/** @param {(HTMLElement | string)[]} items */
export const row = (...items) => {
  const element = make("div", "cl-row");
  element.append(...items);
  return element;
};

/** @param {string} heading @param {(HTMLElement | string)[]} parts */
export const section = (heading, ...parts) => {
  const element = make("section");
  element.append(make("h2", "", heading), ...parts);
  return element;
};

/** @param {string} summary @param {(HTMLElement | string)[]} parts */
export const more = (summary, ...parts) => {
  const element = make("details", "cl-more");
  element.append(make("summary", "", summary), ...parts);
  return element;
};

/** What an agent has opened stays open when news come. @param {HTMLElement} element @param {() => void} change */
export const keepOpen = (element, change) => {
  const open = new Set([...element.querySelectorAll("details[open] > summary")].map(({ textContent }) => textContent));
  change();
  for (const summary of element.querySelectorAll("details > summary")) if (open.has(summary.textContent)) summary.parentElement?.setAttribute("open", "");
};

/** @param {{text: string}[]} lines @param {string} [kind] */
export const bullets = (lines, kind = "") => {
  const list = make("ul", `cl-list ${kind}`);
  list.append(...lines.map(({ text }) => make("li", "", text)));
  return list;
};

/** The page's language, for dates. */
const language = () => document.documentElement.lang || [];
/** @param {string} instant @param {Intl.DateTimeFormatOptions} options */
const say = (instant, options) => {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? instant : new Intl.DateTimeFormat(language(), options).format(date);
};
/** @param {string} instant */
export const day = (instant) => say(instant, { day: "numeric", month: "long", year: "numeric" });
/** The time if it is today's, with the day if not. @param {string} instant */
export const moment = (instant) => {
  const today = new Date(instant).toDateString() === new Date().toDateString();
  return say(instant, { ...(today ? {} : { day: "numeric", month: "short" }), hour: "2-digit", minute: "2-digit" });
};

/** Whether what was said at that time can still be taken back (the server decides; this spares a click). @param {string} instant */
export const isFresh = (instant) => {
  const age_ms = Date.now() - Date.parse(instant);
  return Number.isNaN(age_ms) || age_ms < 10 * 60_000;
};
