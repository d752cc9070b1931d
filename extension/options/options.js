// The options page: server and key, desks, language and mark.

import { LANGUAGES, languageFor, loadMessages } from "../background/language.js";
import { readKey, readServer, readSettings, writeKey, writeSettings } from "../background/settings.js";
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

/** @param {object} message @returns {Promise<any>} */
const ask = (message) => chrome.runtime.sendMessage(message);
/** A field the company's policy has set. @param {string} name */
const isManaged = (name) => settings.managed.includes(name);

const showAccess = async () => {
  const [key, status] = await Promise.all([readKey(), ask({ type: "options.status" })]);
  byId("forget").hidden = !key;
  byId("key-kept").hidden = !key;
  byId("key-kept").textContent = key ? words("options_key_kept") : "";
  const enrolled = status && !status.ended;
  byId("enrolled").hidden = !status;
  byId("enrolled").dataset.kind = enrolled ? "good" : "ended";
  byId("enrolled-text").textContent = status ? words(enrolled ? "options_enrolled" : "options_enrolment_ended", status.name) : "";
  byId("sign-out").hidden = !enrolled;
  byId("code-field").hidden = Boolean(enrolled);
  byId("by-key").hidden = Boolean(enrolled);
  /** @type {HTMLDetailsElement} */ (byId("by-key")).open ||= Boolean(key);
};

/** @param {string} id @param {string} text */
const refuse = (id, text) => {
  input(id).setAttribute("aria-invalid", "true");
  input(id).focus();
  tell("bad", text);
  return null;
};

/** Reads the address and has the browser allow it. @returns {Promise<string | null>} null where it cannot be used */
const allowServer = async () => {
  for (const field of ["address", "key", "code"]) input(field).removeAttribute("aria-invalid");
  const found = readServer(input("address").value);
  if ("problem" in found) return refuse("address", words(found.problem));
  // First of all that waits: browsers want the question to follow the click.
  const granted = await chrome.permissions.request({ origins: found.origins }).catch(() => false);
  if (!granted) return refuse("address", words("options_permission_refused", found.server));
  input("address").value = found.server;
  if (!isManaged("server")) await writeSettings({ server: found.server });
  return found.server;
};

/** Reads and stores the form. @returns {Promise<string | null>} the server; null where it cannot be used */
const save = async () => {
  const typed = input("key").value.trim();
  if (typed && !/^[A-Za-z0-9._~-]{8,200}$/.test(typed)) {
    input("address").removeAttribute("aria-invalid");
    return refuse("key", words("options_key_bad"));
  }
  const server = await allowServer();
  if (!server) return null;
  await writeSettings({ name: input("name").value.trim().slice(0, 80) });
  if (typed) {
    const lasting = await writeKey(typed);
    input("key").value = "";
    if (!lasting) byId("key-hint").textContent = words("options_key_session");
  }
  await showAccess();
  return server;
};

/** One thing at a time. @param {string} id @param {() => Promise<void>} act */
const onClick = (id, act) => {
  const button = byId(id);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    await act();
    button.removeAttribute("aria-disabled");
  });
};

byId("server").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await save()) tell("good", words("options_saved"));
});
onClick("test", async () => {
  tell("busy", words("options_testing"));
  if (!(await save())) return;
  const begun_ms = performance.now();
  /** @type {Answer} */
  const answer = await ask({ type: "options.test" });
  if (answer.ok) tell("good", words("options_test_ok", String(Math.max(1, Math.round(performance.now() - begun_ms)))));
  else tell("bad", words(`reason_${answer.reason}`));
});
onClick("enrol", async () => {
  const code = input("code").value.trim();
  if (code.replace(/[\s-]/g, "").length !== 20) {
    refuse("code", words("options_code_bad"));
    return;
  }
  const server = await allowServer();
  if (!server) return;
  tell("busy", words("options_enrolling"));
  /** @type {GrantAnswer} */
  const answer = await ask({ type: "options.enrol", server, code });
  if (!answer.ok) {
    if (answer.reason === "unauthorised" || answer.reason === "refused") refuse("code", words("options_code_refused"));
    else tell("bad", words(`reason_${answer.reason}`));
    return;
  }
  input("code").value = "";
  await showAccess();
  tell("good", words("options_enrolled", answer.body.name));
  byId("sign-out").focus();
});
input("code").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  byId("enrol").click();
});
onClick("sign-out", async () => {
  await ask({ type: "options.sign_out" });
  await showAccess();
  tell("good", words("options_signed_out"));
  input("code").focus();
});
byId("forget").addEventListener("click", async () => {
  await writeKey("");
  await showAccess();
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

const alerts = input("alerts");
alerts.checked = settings.alerts;
alerts.addEventListener("change", async () => {
  const granted = !alerts.checked || (await chrome.permissions.request({ permissions: ["notifications"] }).catch(() => false));
  alerts.checked &&= granted;
  byId("alerts-hint").textContent = words(granted ? "options_alerts_hint" : "options_alerts_refused");
  await writeSettings({ alerts: alerts.checked });
  if (!alerts.checked && granted) await chrome.permissions.remove({ permissions: ["notifications"] }).catch(() => false);
});

for (const [name, field] of [["server", "address"], ["language", "language"]]) {
  if (!isManaged(/** @type {string} */ (name))) continue;
  input(/** @type {string} */ (field)).disabled = true;
  const hint = byId(`${field}-hint`);
  hint.hidden = false;
  hint.textContent = words("options_managed");
}
input("address").value = settings.server;
input("name").value = settings.name;
input("mark").value = settings.mark;
preview();
await showAccess();
await setUpDesks(words, teller(byId("desk-result")));
