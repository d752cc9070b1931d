// Elements from words. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name element, with classes: `p.note` */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** One of the page's own pictures, by name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function avatar(name) {
  if (!name) return h("span.avatar.nobody", { "aria-hidden": "true" }, icon("person"));
  const initials = name.split(/\s+/u).slice(0, 2).map((part) => part[0]).join("");
  return h("span.avatar", { "aria-hidden": "true", "data-tint": [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 4 }, initials);
}

const loaded = Date.now();

/** When something happened that was `ago_min` minutes old as the page loaded. */
export const when = (ago_min) => new Date(loaded - ago_min * 60_000);

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const today = (date) => date.toDateString() === new Date().toDateString();

export const clockTime = (date) => clock.format(date);
export const dayName = (date) => (today(date) ? "Today" : day.format(date));

/** Short, for a list: `now`, `5 min`, `09:41`, `3 Nov`. */
export function shortTime(date) {
  const min = Math.floor((Date.now() - date.getTime()) / 60_000);
  if (min < 1) return "now";
  if (min < 60) return `${min} min`;
  return today(date) ? clock.format(date) : day.format(date);
}
