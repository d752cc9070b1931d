// Desk data, checked before it is used: the same limits as desks/schema.json, without a library.

const LIMITS = { list: 20, template: 300, selector: 200, name: 60 };
const MATCH = /^(?:https?|\*):\/\/(?:\*\.)?[A-Za-z0-9.-]{1,200}\/[^\s]{0,200}$/;
const PLACEHOLDERS = ["chat_id", "account", "*"];
const MANY = "{**}";
const ACCOUNT = /^[A-Za-z0-9._:@+~-]{1,128}$/;

/** @param {unknown} value @param {number} longest @returns {value is string} */
const isText = (value, longest) => typeof value === "string" && value.length > 0 && value.length <= longest;

/** @param {any} value @param {string[]} needed @param {string[]} allowed */
const hasKeys = (value, needed, allowed) =>
  value !== null && typeof value === "object" && !Array.isArray(value) &&
  needed.every((key) => Object.hasOwn(value, key)) && Object.keys(value).every((key) => [...needed, ...allowed].includes(key));

/** At most one placeholder a segment, from the known ones. @param {unknown} value @param {string} separator */
const isTemplate = (value, separator) =>
  isText(value, LIMITS.template) &&
  value.split(separator).filter((part) => part === MANY).length <= 1 &&
  value.split(separator).every((part) => {
    if (part === MANY) return true;
    const open = part.split("{").length - 1;
    const close = part.split("}").length - 1;
    if (open === 0 && close === 0) return true;
    const name = part.slice(part.indexOf("{") + 1, part.indexOf("}"));
    return open === 1 && close === 1 && PLACEHOLDERS.includes(name);
  });

/** One to five parameters, each with one value. @param {any} query */
const isQuery = (query) => {
  if (query === undefined) return true;
  const pairs = query !== null && typeof query === "object" && !Array.isArray(query) ? Object.entries(query) : [];
  return pairs.length > 0 && pairs.length <= 5 && pairs.every(([name, value]) => /^[A-Za-z0-9_.-]{1,60}$/.test(name) && value !== MANY && isTemplate(value, "&"));
};

/** @param {any} url */
const isUrl = (url) =>
  hasKeys(url, ["path"], ["host", "query", "hash", "starts", "digits"]) && isQuery(url.query) && ["boolean", "undefined"].includes(typeof url.digits) && (url.starts === undefined || isText(url.starts, LIMITS.name)) && isTemplate(url.path, "/") && url.path.startsWith("/") &&
  (url.host === undefined || isTemplate(url.host, ".")) && (url.hash === undefined || isTemplate(url.hash, "/"));

/** @param {any} anchor */
const isAnchor = (anchor) =>
  hasKeys(anchor, ["selector", "place"], ["within", "pick", "room"]) && isText(anchor.selector, LIMITS.selector) &&
  ["first", "last", undefined].includes(anchor.pick) && ["boolean", "undefined"].includes(typeof anchor.room) &&
  ["append", "prepend", "before", "after"].includes(anchor.place) && ["pane", "document", undefined].includes(anchor.within);

/** @param {any} naming */
const isNaming = (naming) =>
  hasKeys(naming, ["selector", "attribute"], ["prefix", "all_agree", "when_missing"]) && isText(naming.selector, LIMITS.selector) &&
  isText(naming.attribute, LIMITS.name) && /^[A-Za-z][A-Za-z0-9_-]*$/.test(naming.attribute) &&
  (naming.prefix === undefined || isText(naming.prefix, LIMITS.name)) && ["boolean", "undefined"].includes(typeof naming.all_agree) &&
  ["address", "grey", undefined].includes(naming.when_missing);

/** @param {unknown} value @param {(item: any) => boolean} check @param {number} least */
const isList = (value, check, least) => Array.isArray(value) && value.length >= least && value.length <= LIMITS.list && value.every(check);

/** A fixed account, or a form for the one in the address: "eu-{account}". @param {unknown} value @param {boolean} named */
const isAccount = (value, named) => {
  if (typeof value !== "string") return false;
  const parts = value.split("{account}");
  return parts.length === (named ? 2 : 1) && ACCOUNT.test(parts.join("a"));
};

/**
 * @param {any} desk
 * @returns {string | null} the name of the first field that cannot be used; null where all is well
 */
export const badField = (desk) => {
  if (!hasKeys(desk, ["desk", "name", "matches", "urls", "anchors"], ["account", "self_hosted", "pane", "selected", "composers"])) return "desk";
  if (!isText(desk.desk, 32) || !/^[a-z0-9_-]+$/.test(desk.desk)) return "desk";
  if (!isText(desk.name, LIMITS.name)) return "name";
  if (!isList(desk.matches, (match) => isText(match, LIMITS.template) && MATCH.test(match), 0)) return "matches";
  if (!["boolean", "undefined"].includes(typeof desk.self_hosted)) return "self_hosted";
  if (!isList(desk.urls, isUrl, 1)) return "urls";
  const parts = (/** @type {DeskUrl} */ url) => [url.host, url.path, url.hash, ...Object.values(url.query ?? {})];
  if (desk.urls.some((/** @type {DeskUrl} */ url) => !parts(url).some((part) => part?.includes("{chat_id}")))) return "urls";
  const named = desk.urls.every((/** @type {DeskUrl} */ url) => parts(url).some((part) => part?.includes("{account}")));
  if (desk.account === undefined ? !named : !isAccount(desk.account, false) && !(named && isAccount(desk.account, true))) return "account";
  if (desk.pane !== undefined && !isNaming(desk.pane)) return "pane";
  if (desk.selected !== undefined && !isNaming(desk.selected)) return "selected";
  if (desk.composers !== undefined && !isList(desk.composers, (selector) => isText(selector, LIMITS.selector), 0)) return "composers";
  return isList(desk.anchors, isAnchor, 0) ? null : "anchors";
};

/**
 * A self-hosted desk at one company's address.
 * @param {Desk[]} builtIn @param {any} install @returns {Desk | null} null where the install cannot be used
 */
export const deskOf = (builtIn, install) => {
  if (!hasKeys(install, ["desk", "match"], ["account"])) return null;
  const desk = builtIn.find((each) => each.self_hosted === true && each.desk === install.desk);
  if (!desk || !isText(install.match, LIMITS.template) || !MATCH.test(install.match)) return null;
  const made = { ...desk, matches: [install.match], ...(install.account === undefined ? {} : { account: install.account }) };
  return badField(made) ? null : made;
};

/**
 * Two desks at different addresses that would call their chats by the same names in the API: the second of them cannot
 * be used, or one customer's cue would stand on the other's chat.
 * @param {Desk[]} desks @returns {Desk[]} without those
 */
export const unmistakable = (desks) => {
  const taken = new Set();
  return desks.filter((desk) => {
    const name = JSON.stringify([desk.desk, desk.account ?? null]);
    if (taken.has(name)) return false;
    taken.add(name);
    return true;
  });
};

/**
 * Whether a browser's match pattern covers a URL (ports are not part of patterns).
 * @param {string} pattern @param {string} address
 */
export const covers = (pattern, address) => {
  /** @type {URL} */
  let url;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  const [scheme, rest] = pattern.split("://");
  if (!scheme || !rest) return false;
  if (scheme === "*" ? !["http:", "https:"].includes(url.protocol) : url.protocol !== `${scheme}:`) return false;
  const slash = rest.indexOf("/");
  const host = rest.slice(0, slash);
  const bare = host.replace(/^\*\./, "");
  if (host.startsWith("*.") ? url.hostname !== bare && !url.hostname.endsWith(`.${bare}`) : url.hostname !== host) return false;
  // Pieces between the stars must come in order: one pass, nothing to back-track.
  const pieces = rest.slice(slash).split("*");
  const path = url.pathname + url.search;
  if (!path.startsWith(/** @type {string} */ (pieces[0]))) return false;
  if (pieces.length === 1) return path === pieces[0];
  let at = /** @type {string} */ (pieces[0]).length;
  for (const piece of pieces.slice(1, -1)) {
    const next = path.indexOf(piece, at);
    if (next < 0) return false;
    at = next + piece.length;
  }
  const last = /** @type {string} */ (pieces.at(-1));
  return path.length - at >= last.length && path.endsWith(last);
};
