"use strict";
// One address of an open chat, cut into its segments, each with a mark: always the same, the chat's id, the account, or
// anything. The marks are guessed from the segments' own shapes and the words before them; a person has the last word.
// Free of the browser's extension interface. The options page and the picker on the desk's page both load it.
(() => {
  const ID = /^(?!\.{1,2}$)[A-Za-z0-9._:@+~-]{1,128}$/; // as in content/desk.js
  const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const LEAST = 3; // points below which nothing is taken for a chat's id
  const SEGMENTS = 24;
  const PARAMETERS = 5;
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

  /** @param {string} name "ticket" and "" of "TicketID" */
  const wordsOf = (name) => name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase().replace(/ids?$/, ""));

  /** @param {AddressPart[]} parts */
  const guess = (parts) => {
    /** Whether what stands before a part says that it is one of these. @param {number} i @param {Set<string>} words */
    const isAfter = (i, words) => (parts[i]?.name === undefined ? [parts[i - 1]?.text.toLowerCase() ?? ""] : wordsOf(parts[i].name)).some((word) => words.has(word));
    const points = parts.map(({ text, name }, i) => {
      const own = looksLikeId(text);
      if (!own) return 0;
      const named = text.split(/[-_:]/, 4).some((word) => OF_CHATS.has(word.toLowerCase()));
      return own + (isAfter(i, OF_CHATS) ? 4 : 0) + (named ? 3 : 0) + (name === undefined ? 0 : name === "id" ? 0.5 : -1) - (isAfter(i, OF_ACCOUNTS) ? 4 : 0) + i / 100; // later is likelier
    });
    const best = Math.max(...points);
    const chat = best >= LEAST ? points.indexOf(best) : -1;
    for (const [i, part] of parts.entries()) {
      if (i === chat) part.mark = "chat_id";
      else if (isAfter(i, OF_ACCOUNTS) && ID.test(part.text) && !isAfter(i, OF_CHATS) && !parts.some(({ mark }) => mark === "account")) part.mark = "account";
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
    /** @param {"path" | "query" | "hash"} where @param {string} text @param {string} [name] @returns {AddressPart} */
    const part = (where, text, name) => ({ where, ...(name ? { name } : {}), text, before: before(text), mark: "same" });
    const path = url.pathname.replace(/\/+$/, "").slice(1).split("/").map((text) => part("path", text));
    // Parameters are of interest where one of them may be an id; else they say how a page is shown.
    const pairs = [...url.search.slice(1).matchAll(/(?:^|[&;])([A-Za-z0-9_.-]{1,60})=([^&;]+)/g)].map(([, name, text = ""]) => part("query", text, name));
    const query = pairs.length <= PARAMETERS && pairs.some(({ text }) => looksLikeId(text)) ? pairs : [];
    const parts = [...path, ...query, ...(hash ? hash.split("/").map((text) => part("hash", text)) : [])];
    if (parts.length > SEGMENTS || address.length > 2048) return null;
    return { origin: url.origin, hostname: url.hostname, match: `${url.protocol}//${url.hostname}/*`, parts: guess(parts) };
  };

  /**
   * The same marks on another address of the same shape; guessed anew where the shape is another.
   * @param {CutAddress} next @param {CutAddress | null} known @returns {CutAddress}
   */
  const like = (next, known) => {
    const same = known?.parts.length === next.parts.length &&
      known.parts.every((part, i) => part.where === next.parts[i]?.where && part.name === next.parts[i]?.name && (part.mark !== "same" || part.text === next.parts[i]?.text));
    return same ? { ...next, parts: next.parts.map((part, i) => ({ ...part, mark: known.parts[i]?.mark ?? "same" })) } : next;
  };

  /**
   * The address with placeholders, as the form for a desk takes it. What stands after ? and # is kept only where it names something.
   * @param {CutAddress} address
   */
  const template = ({ origin, parts }) => {
    /** @param {AddressPart} part */
    const written = ({ text, before: start, mark }) =>
      mark === "same" ? text : mark === "any" ? "{*}" : mark === "account" ? "{account}" : `${start}{chat_id}`;
    /** @param {"path" | "query" | "hash"} where */
    const of = (where) => parts.filter((part) => part.where === where);
    const hash = of("hash").some(({ mark }) => mark !== "same") ? `#${of("hash").map(written).join("/")}` : "";
    const names = of("query").some(({ mark }) => mark === "chat_id" || mark === "account");
    const query = names ? `?${of("query").filter(({ mark }) => mark !== "any").map((part) => `${part.name}=${written(part)}`).join("&")}` : "";
    return `${origin}/${of("path").map(written).join("/")}${query}${hash}`;
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
