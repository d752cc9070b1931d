// The list of desks, and the form for another one: a self-hosted desk's address, or an own desk.

import { badField, deskOf } from "../background/desk_check.js";
import { builtInDesks, isAllowed } from "../background/desks.js";
import { readOwn, readServer, readSettings, writeSettings } from "../background/settings.js";
import { deskFromForm, setUpOwnDesk } from "./own_desk.js";

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** A self-hosted desk's address. @param {Desk[]} builtIn @param {Record<string, string>} typed @returns {{install: Install, desk: Desk} | {field: string}} */
const installFromForm = (builtIn, { kind = "", home = "", account = "" }) => {
  const parts = home.trim().match(/^(https?):\/\/([A-Za-z0-9.-]{1,200})(?::\d{1,5})?(?:\/\S*)?$/);
  if (!parts) return { field: "home" };
  const install = { desk: kind, match: `${parts[1]}://${parts[2]}/*`, ...(account.trim() ? { account: account.trim() } : {}) };
  const desk = deskOf(builtIn, install);
  return desk ? { install, desk } : { field: "account" };
};

/** Gives back the access to a desk's pages, where neither another desk nor the server is there. @param {string[]} matches */
const release = async (matches) => {
  const { desks, installs, server } = await readSettings();
  const found = readServer(server);
  const used = [...desks.flatMap((desk) => (badField(desk) ? [] : desk.matches)), ...installs.map(({ match }) => match), ...("origins" in found ? found.origins : [])];
  const origins = matches.filter((match) => !used.includes(match));
  if (origins.length) await chrome.permissions.remove({ origins }).catch(() => false);
};

/** @param {Words} words @param {(kind: "good" | "bad" | "busy", text: string) => void} tell */
export const setUpDesks = async (words, tell) => {
  const list = byId("desks");
  const form = /** @type {HTMLFormElement} */ (byId("new-desk"));
  const kind = /** @type {HTMLSelectElement} */ (byId("desk-kind"));
  const add = byId("add");
  const builtIn = await builtInDesks();
  const ownForm = setUpOwnDesk(words, tell);

  /** @param {string} text @param {string} label @param {() => Promise<void>} act */
  const button = (text, label, act) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "plain";
    element.textContent = text;
    element.setAttribute("aria-label", `${text}: ${label}`);
    element.addEventListener("click", () => void act());
    return element;
  };

  /** @param {Desk} desk @param {string[]} off @param {"builtin" | "own" | "managed"} from @param {(() => Promise<unknown>) | null} remove */
  const rowOf = async (desk, off, from, remove) => {
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
    small.textContent = `${words(`options_desk_${from}`)} · ${desk.matches.map((match) => match.replace(/\*$/, "…")).join(", ")}`;
    names.append(desk.name, small);
    label.append(box, names);
    item.append(label);
    if (!(await isAllowed(desk))) {
      item.append(
        button(words("options_desk_allow"), desk.name, async () => {
          const granted = await chrome.permissions.request({ origins: desk.matches }).catch(() => false);
          if (!granted) return tell("bad", words("options_permission_refused", desk.name));
          await draw();
          return tell("good", words("options_desk_allowed", desk.name));
        }),
      );
    }
    if (remove) {
      item.append(
        button(words("options_desk_remove"), desk.name, async () => {
          await remove();
          await release(desk.matches);
          await draw();
          add.focus();
        }),
      );
    }
    return item;
  };

  const draw = async () => {
    const [{ desks, installs, off }, own] = await Promise.all([readSettings(), readOwn()]);
    const rows = builtIn.filter(({ self_hosted }) => !self_hosted).map((desk) => rowOf(desk, off, "builtin", null));
    // The company's come first; whatever stands beyond them is the agent's own, and can be removed.
    for (const [i, install] of installs.entries()) {
      const desk = deskOf(builtIn, install);
      const mine = i - (installs.length - own.installs.length);
      if (desk) rows.push(rowOf(desk, off, mine < 0 ? "managed" : "own", mine < 0 ? null : () => writeSettings({ installs: own.installs.toSpliced(mine, 1) })));
    }
    for (const [i, desk] of desks.entries()) {
      const mine = i - (desks.length - own.desks.length);
      if (!badField(desk)) rows.push(rowOf(desk, off, mine < 0 ? "managed" : "own", mine < 0 ? null : () => writeSettings({ desks: own.desks.toSpliced(mine, 1) })));
    }
    list.replaceChildren(...(await Promise.all(rows)));
  };

  kind.append(
    ...builtIn.filter(({ self_hosted }) => self_hosted).map(({ desk, name }) => new Option(name, desk)),
    new Option(words("options_desk_kind_own"), ""),
  );
  const fit = () => {
    for (const field of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-for]"))) field.hidden = (field.dataset.for === "own") !== (kind.value === "");
  };
  kind.addEventListener("change", fit);

  /** @param {boolean} open */
  const toggle = (open) => {
    form.hidden = !open;
    add.hidden = open;
    add.setAttribute("aria-expanded", String(open));
    fit();
    (open ? kind : add).focus();
  };
  add.addEventListener("click", () => toggle(true));
  byId("cancel").addEventListener("click", async () => {
    toggle(false);
    const asked = CuelightContent.address.cut(/** @type {HTMLInputElement} */ (byId("desk-url")).value);
    if (asked) await release([asked.match]); // what was allowed for choosing on the page
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    /** @type {{install: Install, desk: Desk} | {desk: Desk} | {field: string}} */
    const made = typed.kind ? installFromForm(builtIn, typed) : deskFromForm(ownForm.read(typed));
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
    const own = await readOwn();
    if ("install" in made) {
      const install = /** @type {Install} */ (made.install);
      await writeSettings({ installs: [...own.installs.filter((each) => each.match !== install.match || each.desk !== install.desk), install] });
    } else {
      if (builtIn.some(({ desk: code }) => code === desk.desk)) return tell("bad", words("options_desk_taken", desk.desk));
      await writeSettings({ desks: [...own.desks.filter(({ desk: code }) => code !== desk.desk), desk] });
    }
    form.reset();
    ownForm.clear();
    toggle(false);
    await draw();
    return tell("good", words("options_desk_added", desk.name));
  });

  await draw();
};
