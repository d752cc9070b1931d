// The list of desks, and the form for an own one.

import { badField } from "../background/desk_check.js";
import { builtInDesks } from "../background/desks.js";
import { readSettings, writeSettings } from "../background/settings.js";

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * An own desk from the form's texts. The address is an example with placeholders: https://host/path/{chat_id}#…
 * @param {Record<string, string>} typed
 * @returns {{desk: Desk} | {field: string}} the form field that cannot be used
 */
export const deskFromForm = (typed) => {
  const { name = "", desk = "", url = "", account = "", pane = "", anchor = "" } = typed;
  const parts = url.trim().match(/^(https?):\/\/([A-Za-z0-9.-]{1,200})(?::\d{1,5})?(\/[^\s?#]{0,300})(?:\?[^\s#]{0,200})?(?:#([^\s]{1,300}))?$/);
  if (!parts) return { field: "url" };
  const [, scheme, host, path = "/", hash] = parts;
  const [selector, attribute] = pane.trim().split(/\s+(?=\S+$)/);
  if (pane.trim() && !attribute) return { field: "pane" };
  /** @type {Desk} */
  const made = {
    desk: desk.trim(),
    name: name.trim(),
    matches: [`${scheme}://${host}/*`],
    ...(account.trim() ? { account: account.trim() } : {}),
    urls: [{ path, ...(hash ? { hash: hash.split("?")[0] ?? "" } : {}) }],
    ...(selector && attribute ? { pane: { selector, attribute } } : {}),
    anchors: anchor.trim() ? [{ selector: anchor.trim(), place: "append" }] : [],
  };
  for (const [field, text] of [["pane", made.pane?.selector], ["anchor", made.anchors[0]?.selector]]) {
    try {
      if (text) document.createDocumentFragment().querySelector(text);
    } catch {
      return { field: /** @type {string} */ (field) };
    }
  }
  const bad = badField(made);
  return bad ? { field: { urls: "url", matches: "url", anchors: "anchor" }[bad] ?? bad } : { desk: made };
};

/** @param {Words} words @param {(kind: "good" | "bad", text: string) => void} tell */
export const setUpDesks = async (words, tell) => {
  const list = byId("desks");
  const form = /** @type {HTMLFormElement} */ (byId("new-desk"));
  const add = byId("add");

  const draw = async () => {
    const [{ desks, off }, builtIn] = await Promise.all([readSettings(), builtInDesks()]);
    const rows = [...builtIn.map((desk) => ({ desk, own: false })), ...desks.map((desk) => ({ desk, own: true }))].map(({ desk, own }) => {
      const item = document.createElement("li");
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = !off.includes(desk.desk);
      box.addEventListener("change", async () => {
        const now = await readSettings();
        await writeSettings({ off: box.checked ? now.off.filter((code) => code !== desk.desk) : [...now.off, desk.desk] });
      });
      const names = document.createElement("span");
      const small = document.createElement("small");
      small.textContent = `${words(own ? "options_desk_own" : "options_desk_builtin")} · ${desk.matches.map((match) => match.replace(/\*$/, "…")).join(", ")}`;
      names.append(desk.name, small);
      label.append(box, names);
      item.append(label);
      if (own) {
        const remove = document.createElement("button");
        remove.type = "button";
        remove.className = "plain";
        remove.textContent = words("options_desk_remove");
        remove.setAttribute("aria-label", `${words("options_desk_remove")}: ${desk.name}`);
        remove.addEventListener("click", async () => {
          const now = await readSettings();
          await writeSettings({ desks: now.desks.filter(({ desk: code }) => code !== desk.desk) });
          await chrome.permissions.remove({ origins: desk.matches }).catch(() => false);
          await draw();
          add.focus();
        });
        item.append(remove);
      }
      return item;
    });
    list.replaceChildren(...rows);
  };

  /** @param {boolean} open */
  const toggle = (open) => {
    form.hidden = !open;
    add.hidden = open;
    add.setAttribute("aria-expanded", String(open));
    (open ? byId("desk-name") : add).focus();
  };
  add.addEventListener("click", () => toggle(true));
  byId("cancel").addEventListener("click", () => toggle(false));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    const made = deskFromForm(typed);
    if ("field" in made) {
      const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(made.field));
      field?.setAttribute("aria-invalid", "true");
      field?.focus();
      const key = made.field === "desk" ? "code" : made.field;
      tell("bad", words("options_desk_bad", words(`options_desk_${key}`), words(key === "name" ? "options_desk_name_hint" : `options_desk_${key}_hint`)));
      return;
    }
    const { desk } = made;
    // Asked for first: browsers want this to follow the click without a pause.
    const granted = await chrome.permissions.request({ origins: desk.matches }).catch(() => false);
    if (!granted) return tell("bad", words("options_permission_refused", desk.matches[0] ?? ""));
    const taken = (await builtInDesks()).some(({ desk: code }) => code === desk.desk);
    if (taken) return tell("bad", words("options_desk_taken", desk.desk));
    const now = await readSettings();
    await writeSettings({ desks: [...now.desks.filter(({ desk: code }) => code !== desk.desk), desk] });
    form.reset();
    toggle(false);
    await draw();
    return tell("good", words("options_desk_added", desk.name));
  });

  await draw();
};
