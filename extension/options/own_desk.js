// The form for an own desk: the address of one open chat with its changing parts marked, and the place for the cue, both
// by hand or chosen on the desk's own page.

import { badField } from "../background/desk_check.js";
import { pickIn } from "./pick.js";

const PLACES = /** @type {const} */ (["append", "prepend", "before", "after"]);
const MARKS = /** @type {const} */ (["same", "chat_id", "account", "any"]);

/** @param {string} id */
const byId = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
/** @param {string} text */
const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/**
 * An own desk from the form's texts. The address is an example with placeholders: https://host/path/{chat_id}#…
 * @param {Record<string, string>} typed
 * @returns {{desk: Desk} | {field: string}} the form field that cannot be used
 */
export const deskFromForm = (typed) => {
  const { name = "", desk = "", url = "", account = "", pane = "", anchor = "", place = "append", within = "", digits = "" } = typed;
  const parts = url.trim().match(/^(https?):\/\/([A-Za-z0-9.-]{1,200})(?::\d{1,5})?(\/[^\s?#]{0,300})(?:\?([^\s#]{0,200}))?(?:#([^\s]{1,300}))?$/);
  if (!parts) return { field: "url" };
  const [, scheme, host, path = "/", search = "", hash] = parts;
  // Parameters without a placeholder among them name no chat.
  const query = search.includes("{") ? Object.fromEntries(search.split(/[&;]/).map((each) => [each.split("=", 1)[0], each.slice(each.indexOf("=") + 1)])) : null;
  const [selector, attribute] = pane.trim().split(/\s+(?=\S+$)/);
  if (pane.trim() && !attribute) return { field: "pane" };
  /** @type {Desk} */
  const made = {
    desk: desk.trim(),
    name: name.trim(),
    matches: [`${scheme}://${host}/*`],
    ...(account.trim() ? { account: account.trim() } : {}),
    urls: [{ path, ...(query ? { query } : {}), ...(hash ? { hash: hash.split("?")[0] ?? "" } : {}), ...(digits ? { digits: true } : {}) }],
    ...(selector && attribute ? { pane: { selector, attribute } } : {}),
    anchors: lines(anchor).map((each) => ({ selector: each, ...(within && pane.trim() ? { within: /** @type {const} */ ("pane") } : {}), place: /** @type {Place} */ (place) })),
  };
  for (const [field, text] of [["pane", made.pane?.selector], ...made.anchors.map((each) => ["anchor", each.selector])]) {
    try {
      if (text) document.createDocumentFragment().querySelector(text.replaceAll("{chat_id}", "x"));
    } catch {
      return { field: /** @type {string} */ (field) };
    }
  }
  const bad = badField(made);
  return bad ? { field: { urls: "url", matches: "url", anchors: "anchor" }[bad] ?? bad } : { desk: made };
};

/**
 * @param {Words} words @param {(kind: "good" | "bad" | "busy", text: string) => void} tell
 * @returns {{read(typed: Record<string, string>): Record<string, string>, clear(): void}} what the form says; and empties it
 */
export const setUpOwnDesk = (words, tell) => {
  const { address } = CuelightContent;
  const [url, name, code, account, pane, anchor, place, within] = ["url", "name", "code", "account", "pane", "anchor", "place", "within"].map((id) => byId(`desk-${id}`));
  if (!url || !name || !code || !account || !pane || !anchor || !place || !within) throw new Error("options.html: a field is missing");
  const list = byId("parts");
  const button = byId("pick");
  place.append(...PLACES.map((each) => new Option(words(`place_${each}`), each)));

  /** The typed address, cut; null where it has placeholders already, or is none. @type {CutAddress | null} */
  let cut = null;
  /** @param {"chat_id" | "account"} mark */
  const named = (mark) => (cut ? address.named(cut, mark) : "");

  const preview = () => {
    const chat = named("chat_id");
    const names = [code.value.trim(), named("account") || account.value.trim(), chat];
    byId("desk-named").hidden = !chat;
    byId("desk-named").textContent = chat ? words("options_desk_named", names.map((each) => each || "…").join(" / ")) : "";
  };
  const drawParts = () => {
    const shown = cut?.parts.some(({ text }) => text) ? cut.parts : [];
    byId("parts-field").hidden = !shown.length;
    list.replaceChildren(
      ...shown.flatMap((part, i) => {
        if (!part.text) return [];
        const item = document.createElement("li");
        const label = document.createElement("label");
        const text = document.createElement("code");
        const isFirst = shown[i - 1]?.where !== part.where;
        const sign = { path: "/", query: isFirst ? "?" : "&", hash: isFirst ? "#" : "/" }[part.where];
        text.textContent = `${sign}${part.name ? `${part.name}=` : ""}${part.text}`;
        const select = document.createElement("select");
        select.append(
          ...MARKS.filter((mark) => mark === "same" || mark === "any" || address.canName(part)).map((mark) => new Option(words(`mark_${mark}`), mark, false, mark === part.mark)),
        );
        select.addEventListener("change", () => mark(i, /** @type {Mark} */ (select.value)));
        item.dataset.mark = part.mark;
        label.append(text, select);
        item.append(label);
        return [item];
      }),
    );
    preview();
  };
  /** One chat's id and one account: marking another part takes the mark from the first. @param {number} at @param {Mark} as */
  const mark = (at, as) => {
    if (!cut) return;
    const past = named("chat_id");
    const single = as === "chat_id" || as === "account";
    cut = { ...cut, parts: cut.parts.map((part, i) => (i === at ? { ...part, mark: as } : single && part.mark === as ? { ...part, mark: "same" } : part)) };
    // What was chosen on the page was chosen for the chat that was named then.
    if (named("chat_id") !== past && (pane.value || anchor.value.includes("{chat_id}"))) {
      pane.value = anchor.value = within.value = "";
      tell("bad", words("options_pick_anew"));
    }
    drawParts();
    /** @type {HTMLElement | null} */ (list.children[cut.parts.slice(0, at).filter(({ text }) => text).length]?.querySelector("select") ?? null)?.focus();
  };
  const readAddress = () => {
    const next = address.cut(url.value);
    cut = next && address.like(next, cut);
    drawParts();
  };
  url.addEventListener("input", readAddress);
  for (const field of [code, account]) field.addEventListener("input", preview);
  pane.addEventListener("input", () => {
    within.value = "";
  });

  /** @param {Picked} picked */
  const fill = (picked) => {
    url.value = picked.address;
    readAddress();
    anchor.value = picked.anchors.join("\n");
    place.value = picked.place;
    pane.value = picked.pane ? `${picked.pane.selector} ${picked.pane.attribute}` : "";
    within.value = picked.within ? "pane" : "";
    const { hostname } = new URL(picked.address);
    name.value ||= hostname.slice(0, 60);
    code.value ||= hostname.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").slice(0, 32);
    if (!named("account")) account.value ||= "main";
    preview();
  };
  const ask = async () => {
    url.removeAttribute("aria-invalid");
    const bare = url.value.trim().match(/^https?:\/\/[^/?#\s]+/)?.[0] ?? "";
    const start = address.cut(url.value) ?? address.cut(bare);
    if (!start) {
      url.setAttribute("aria-invalid", "true");
      url.focus();
      return tell("bad", words("options_desk_bad", words("options_desk_url"), words("options_desk_url_hint")));
    }
    // First of all that waits: browsers want the question to follow the click.
    const granted = await chrome.permissions.request({ origins: [start.match] }).catch(() => false);
    if (!granted) return tell("bad", words("options_permission_refused", start.hostname));
    tell("busy", words("options_pick_waiting"));
    byId("pick-stop").hidden = false;
    const picked = await pickIn(start, address.cut(url.value) ? url.value.trim() : start.origin, cut);
    byId("pick-stop").hidden = true;
    if (picked) fill(picked);
    (picked ? list.querySelector("select") ?? name : button).focus();
    if (!picked) return tell("bad", words("options_pick_ended"));
    return tell(named("chat_id") ? "good" : "bad", words(named("chat_id") ? "options_pick_done" : "options_pick_unnamed"));
  };
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    await ask();
    button.removeAttribute("aria-disabled");
  });

  return {
    read(typed) {
      if (!cut || typed.url?.includes("{")) return typed;
      return { ...typed, url: address.template(cut), ...(named("account") ? { account: "" } : {}), digits: /^\d+$/.test(named("chat_id")) ? "on" : "" };
    },
    clear() {
      cut = null;
      within.value = ""; // a hidden field is not the browser's to reset
      drawParts();
    },
  };
};
