// The options page: server and key, desks, language and mark.

import { LANGUAGES, languageFor, loadMessages } from "../background/language.js";
import { readKey, readServer, readSettings, writeKey, writeSettings } from "../background/settings.js";
import { testConnection } from "./connection.js";
import { setUpDesks } from "./desks.js";

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (byId(id));

const settings = await readSettings();
const words = CuelightContent.words(await loadMessages(settings.language));

for (const element of document.querySelectorAll("[data-words]")) {
  element.textContent = words(/** @type {HTMLElement} */ (element).dataset.words ?? "");
}
document.documentElement.lang = languageFor(settings.language);
document.documentElement.dir = words("text_direction");
document.title = words("options_title");

/** @param {HTMLElement} place @returns {(kind: "good" | "bad" | "busy", text: string) => void} */
const teller = (place) => (kind, text) => {
  place.dataset.kind = kind;
  const line = document.createElement("span");
  line.textContent = text;
  place.replaceChildren(CuelightContent.shapes.draw({ good: "green", bad: "red", busy: "loading" }[kind], 20), line);
  place.hidden = false;
};
const tell = teller(byId("server-result"));

const showKey = async () => {
  const key = await readKey();
  byId("forget").hidden = !key;
  const kept = byId("key-kept");
  kept.hidden = !key;
  kept.textContent = key ? words("options_key_kept") : "";
};

/** Reads and stores the form. @returns {Promise<{server: string, key: string} | null>} null where it cannot be used */
const save = async () => {
  for (const field of ["address", "key"]) input(field).removeAttribute("aria-invalid");
  /** @param {string} id @param {string} text */
  const refuse = (id, text) => {
    input(id).setAttribute("aria-invalid", "true");
    input(id).focus();
    tell("bad", text);
    return null;
  };
  const found = readServer(input("address").value);
  if ("problem" in found) return refuse("address", words(found.problem));
  const typed = input("key").value.trim();
  if (typed && !/^[A-Za-z0-9._~-]{8,200}$/.test(typed)) return refuse("key", words("options_key_bad"));
  // First of all that waits: browsers want the question to follow the click.
  const granted = await chrome.permissions.request({ origins: found.origins }).catch(() => false);
  if (!granted) return refuse("address", words("options_permission_refused", found.server));
  input("address").value = found.server;
  await writeSettings({ server: found.server, name: input("name").value.trim().slice(0, 80) });
  if (typed) {
    const lasting = await writeKey(typed);
    input("key").value = "";
    if (!lasting) byId("key-hint").textContent = words("options_key_session");
  }
  await showKey();
  return { server: found.server, key: await readKey() };
};

byId("server").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await save()) tell("good", words("options_saved"));
});
byId("test").addEventListener("click", async () => {
  const button = byId("test");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  tell("busy", words("options_testing"));
  const saved = await save();
  if (saved) {
    const result = await testConnection(saved.server, saved.key);
    if (result.ok) tell("good", words("options_test_ok", String(result.took_ms)));
    else tell("bad", words(`reason_${result.reason}`));
  }
  button.removeAttribute("aria-disabled");
});
byId("forget").addEventListener("click", async () => {
  await writeKey("");
  await showKey();
  tell("good", words("options_forgotten"));
  input("key").focus();
});

const preview = () => {
  const mark = input("mark").value.trim();
  byId("preview").replaceChildren(
    ...["red", "amber", "green", "grey"].map((state) => {
      const item = document.createElement("li");
      item.dataset.state = state;
      if (mark) {
        const own = document.createElement("span");
        own.className = "mark";
        own.textContent = mark;
        item.append(own);
      }
      item.append(CuelightContent.shapes.draw(state, 18), words(`cue_${state}`));
      return item;
    }),
  );
};
/** Characters as people count them. @param {string} text */
const lengthOf = (text) => [...new Intl.Segmenter().segment(text)].length;
input("mark").addEventListener("input", async () => {
  const mark = input("mark").value.trim();
  const fits = lengthOf(mark) <= 2 && mark.length <= 24;
  input("mark").setAttribute("aria-invalid", String(!fits));
  byId("mark-hint").textContent = words(fits ? "options_mark_hint" : "options_mark_bad");
  if (!fits) return;
  await writeSettings({ mark });
  preview();
});

const language = /** @type {HTMLSelectElement} */ (byId("language"));
language.append(new Option(words("options_language_auto"), "auto"), ...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
language.value = settings.language;
language.addEventListener("change", async () => {
  await writeSettings({ language: language.value });
  location.reload();
});

input("address").value = settings.server;
input("name").value = settings.name;
input("mark").value = settings.mark;
preview();
await showKey();
await setUpDesks(words, teller(byId("desk-result")));
