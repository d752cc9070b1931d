"use strict";
// One address of an open chat, cut into its segments, each with a mark: always the same, the chat's id, the account, or
// anything. The marks are guessed from the segments' own shapes and the words before them; a person has the last word.
// Free of the browser's extension interface. The options page and the picker on the desk's page both load it.
(() => {
  const ID = /^(?!\.{1,2}$)[A-Za-z0-9._:@+~-]{1,128}$/; // as in content/desk.js
  const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const LEAST = 3; // points below which nothing is taken for a chat's id
  const SEGMENTS = 24;
  const OF_CHATS = new Set([
    "chat", "chats", "conversation", "conversations", "ticket", "tickets", "thread", "threads", "case", "cases", "session",
    "sessions", "message", "messages", "dialog", "dialogs", "room", "rooms", "request", "requests", "single", "interaction", "interactions",
  ]);
  const OF_ACCOUNTS = new Set([
    "account", "accounts", "workspace", "workspaces", "website", "websites", "site", "sites", "tenant", "tenants", "org", "orgs",
    "organization", "organizations", "organisation", "organisations", "portal", "portals", "company", "companies", "brand", "brands",
  ]);

  /**
   * What a chat's id may look like, in points; 0 where it is none. An id holds a digit: "conversations/open" names no chat.
   * @param {string} text
   */
  const looksLikeId = (text) => {
    if (!ID.test(text) || !/\d/.test(text) || /^v\d{1,2}$/i.test(text)) return 0;
    if (/^\d+$/.test(text) || UUID.test(text)) return 3;
    if (/^[A-Za-z]{2,20}(?:[-_][A-Za-z]{2,20}){0,3}[-_:]\d+$/.test(text)) return 3;
    return text.length >= 6 ? 2 : 0;
  };
  /** @param {string} text "chat-id-" of "chat-id-7"; "" where the whole segment is the id */
  const before = (text) => (/^[A-Za-z]/.test(text) ? (text.match(/^[A-Za-z_:-]{2,60}[-_:](?=\d+$)/)?.[0] ?? "") : "");

  /** @param {AddressPart[]} parts */
  const guess = (parts) => {
    const low = parts.map(({ text }) => text.toLowerCase());
    const points = parts.map(({ text }, i) => {
      const own = looksLikeId(text);
      if (!own) return 0;
      const past = low[i - 1] ?? "";
      const named = text.split(/[-_:]/, 4).some((word) => OF_CHATS.has(word.toLowerCase()));
      return own + (OF_CHATS.has(past) ? 4 : 0) + (named ? 3 : 0) - (OF_ACCOUNTS.has(past) ? 4 : 0) + i / 100; // later is likelier
    });
    const best = Math.max(...points);
    const chat = best >= LEAST ? points.indexOf(best) : -1;
    for (const [i, part] of parts.entries()) {
      const past = low[i - 1] ?? "";
      if (i === chat) part.mark = "chat_id";
      else if (OF_ACCOUNTS.has(past) && ID.test(part.text) && !OF_CHATS.has(past) && !parts.some(({ mark }) => mark === "account")) part.mark = "account";
      else if (looksLikeId(part.text)) part.mark = "any";
    }
    return parts;
  };

  /**
   * @param {string} address
   * @returns {CutAddress | null} null where it is no address of a web page, or too long to be one of a chat
   */
  const cut = (address) => {
    /** @type {URL} */
    let url;
    try {
      url = new URL(address.trim());
    } catch {
      return null;
    }
    if (!["http:", "https:"].includes(url.protocol) || !url.hostname || url.username || url.password || /[{}]/.test(address)) return null;
    const hash = url.hash.slice(1).split("?")[0] ?? "";
    /** @param {string} text @param {"path" | "hash"} where @returns {AddressPart[]} */
    const split = (text, where) =>
      text.split("/").map((each) => ({ where, text: each, before: before(each), mark: /** @type {Mark} */ ("same") }));
    const path = split(url.pathname.replace(/\/+$/, "").slice(1), "path");
    const parts = [...path, ...(hash ? split(hash, "hash") : [])];
    if (parts.length > SEGMENTS || address.length > 2048) return null;
    return { origin: url.origin, hostname: url.hostname, match: `${url.protocol}//${url.hostname}/*`, parts: guess(parts) };
  };

  /**
   * The same marks on another address of the same shape; guessed anew where the shape is another.
   * @param {CutAddress} next @param {CutAddress | null} known @returns {CutAddress}
   */
  const like = (next, known) => {
    const same = known?.parts.length === next.parts.length &&
      known.parts.every((part, i) => part.where === next.parts[i]?.where && (part.mark !== "same" || part.text === next.parts[i]?.text));
    return same ? { ...next, parts: next.parts.map((part, i) => ({ ...part, mark: known.parts[i]?.mark ?? "same" })) } : next;
  };

  /**
   * The address with placeholders, as the form for a desk takes it. What stands after the # is kept only where it names something.
   * @param {CutAddress} address
   */
  const template = ({ origin, parts }) => {
    /** @param {AddressPart} part */
    const written = ({ text, before: start, mark }) =>
      mark === "same" ? text : mark === "any" ? "{*}" : mark === "account" ? "{account}" : `${start}{chat_id}`;
    /** @param {"path" | "hash"} where */
    const of = (where) => parts.filter((part) => part.where === where);
    const hash = of("hash").some(({ mark }) => mark !== "same") ? `#${of("hash").map(written).join("/")}` : "";
    return `${origin}/${of("path").map(written).join("/")}${hash}`;
  };

  /** What a part with this mark names here. @param {CutAddress} address @param {"chat_id" | "account"} mark @returns {string} "" for nothing */
  const named = ({ parts }, mark) => {
    const part = parts.find((each) => each.mark === mark);
    if (!part) return "";
    return mark === "chat_id" ? part.text.slice(part.before.length) : part.text;
  };

  /** Whether a part may be the chat's id or the account. @param {AddressPart} part */
  const canName = ({ text }) => ID.test(text);

  CuelightContent.address = Object.freeze({ cut, like, template, named, canName });
})();
