// The panel: the cue and its age, the reasons, what to do, and what the agent found out. The same for the toolbar's
// popup and for a page that mounts it; what differs is the backend (see docs/extension.md).

import { outcomeSection } from "./outcome.js";

/** @param {string} tag @param {string} [className] @param {string} [text] */
const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

/** @param {string} heading @param {Line[]} lines @param {string} [kind] */
const listSection = (heading, lines, kind = "") => {
  const section = make("section");
  const list = make("ul", `cl-list ${kind}`);
  list.append(...lines.map(({ text }) => make("li", "", text)));
  section.append(make("h2", "", heading), list);
  return section;
};

/** @param {string} instant */
const day = (instant) => {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? instant : date.toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });
};

/**
 * @param {HTMLElement} root @param {PanelBackend} backend
 * @returns {{update: () => Promise<void>, stop: () => void}}
 */
export const mountPanel = (root, backend) => {
  const words = CuelightContent.words(backend.messages);
  const life = new AbortController();
  root.classList.add("cl-panel");
  root.dir = words("text_direction");
  let drawn = "";
  let age = make("div", "cl-age");
  /** @type {Current} */
  let current = { chat: null, answer: null, age_s: null };
  let asked_ms = performance.now();
  let focusOutcome = false;
  let updates = 0;

  /** @param {State} state @param {string} title @returns {HTMLElement} */
  const hero = (state, title) => {
    const head = make("header", "cl-hero");
    head.dataset.state = state;
    const names = make("div");
    age = make("div", "cl-age");
    names.append(make("h1", "", title), age);
    head.append(CuelightContent.shapes.draw(state, 44), names);
    return head;
  };

  /** @param {State} state @param {(HTMLElement | string)[]} parts */
  const body = (state, ...parts) => {
    const element = make("div", "cl-body");
    element.dataset.state = state;
    element.append(...parts);
    return element;
  };

  /** @param {CueBody} found @param {ChatKey} chat */
  const drawCue = (found, chat) => {
    const { cue, reasons, advice, not_assessed, would_be, incident } = found;
    /** @type {HTMLElement[]} */
    const parts = [];
    if (incident) {
      const banner = make("div", "cl-incident");
      banner.append(make("strong", "", words("incident_title")), words("incident_text", day(incident.opened_at), day(incident.ends_at)));
      parts.push(banner);
    }
    // Notes (`chat.…`) weigh nothing and say why a cue is grey.
    const notes = reasons.filter(({ code, points }) => points === undefined || code.startsWith("chat."));
    const weighed = reasons.filter((reason) => !notes.includes(reason));
    const against = [...notes, ...weighed.filter(({ points }) => Number(points) > 0)];
    const alike = weighed.filter(({ points }) => Number(points) <= 0);
    // Grey has nobody to be like or unlike: one list says what was seen.
    const groups = cue === "grey" ? (reasons.length ? [listSection(words("why"), [...against, ...alike])] : []) : [
      ...(against.length ? [listSection(words("why_against"), against, "cl-against")] : []),
      ...(alike.length ? [listSection(words("why_for"), alike, "cl-for")] : []),
    ];
    parts.push(...(cue === "green" ? groups.reverse() : groups));
    if (!reasons.length) parts.push(make("p", "cl-lead", words(`plain_${cue}`)));
    if (advice.length) parts.push(listSection(words("what_to_do"), advice, "cl-do"));
    if (would_be) parts.push(make("p", "cl-note", would_be.text));
    if (not_assessed.length) {
      const more = make("details", "cl-more");
      const list = make("ul", "cl-list");
      list.append(...not_assessed.map(({ text }) => make("li", "", text)));
      more.append(make("summary", "", words("not_assessed_count", String(not_assessed.length))), list);
      parts.push(more);
    }
    parts.push(
      outcomeSection({
        words,
        body: found,
        save: async (outcome) => {
          const answer = await backend.outcome(chat, outcome);
          if (answer.ok) {
            focusOutcome = true;
            await update();
          }
          return answer;
        },
      }),
    );
    return [hero(cue, words(`cue_${cue}`)), body(cue, ...parts)];
  };

  const draw = () => {
    const { chat, answer } = current;
    if (!chat) return [hero("none", words("panel_empty_title")), body("none", make("p", "cl-lead", words("panel_empty_text")))];
    if (!answer) return [hero("loading", words("panel_loading_title")), body("loading", make("p", "cl-lead", words("panel_loading_text")))];
    if (answer.ok) return drawCue(answer.body, chat);
    const again = make("div", "cl-row");
    const button = make("button", "", words("panel_try_again"));
    button.setAttribute("type", "button");
    button.addEventListener("click", () => backend.refresh?.());
    if (backend.refresh) again.append(button);
    return [
      hero("grey", words("cue_grey")),
      body("grey", make("p", "cl-lead", words(`reason_${answer.reason}`)), listSection(words("what_to_do"), [{ code: "", text: words("advice_unverified") }], "cl-do"), again),
    ];
  };

  const foot = () => {
    const { openOptions } = backend;
    if (!openOptions) return [];
    const element = make("footer", "cl-foot");
    const button = make("button", "cl-plain", words("panel_options"));
    button.setAttribute("type", "button");
    button.addEventListener("click", openOptions);
    element.append(button);
    return [element];
  };

  const tellAge = () => {
    if (current.age_s === null || !current.answer?.ok) return;
    const age_s = Math.round(current.age_s + (performance.now() - asked_ms) / 1000);
    age.textContent = age_s < 3 ? words("age_now") : age_s < 120 ? words("age_s", String(age_s)) : words("age_min", String(Math.round(age_s / 60)));
    if (age_s >= current.answer.body.ttl_s) {
      // Nothing shown outlives its life time, whatever the backend does.
      current = { ...current, answer: { ok: false, reason: "stale", retry_after_s: null } };
      render();
    }
  };

  const render = () => {
    const name = JSON.stringify([current.chat, current.answer]);
    if (name !== drawn) {
      drawn = name;
      root.replaceChildren(...draw(), ...foot());
      if (focusOutcome) {
        const box = /** @type {HTMLElement | null} */ (root.querySelector(".cl-done"));
        box?.focus();
        focusOutcome = false;
      }
    }
    tellAge();
  };

  const update = async () => {
    const mine = (updates += 1);
    const asked = performance.now();
    /** @type {Current} */
    let found;
    try {
      found = await backend.current();
    } catch {
      found = { chat: current.chat, answer: { ok: false, reason: "stopped", retry_after_s: null }, age_s: null };
    }
    if (mine !== updates || life.signal.aborted) return; // a later question has been asked
    asked_ms = asked;
    current = found;
    render();
  };

  const ticking = setInterval(tellAge, 1000);
  life.signal.addEventListener("abort", () => clearInterval(ticking));
  backend.changed(() => void update(), life.signal);
  void update();
  return {
    update,
    stop: () => {
      life.abort();
      root.replaceChildren();
    },
  };
};
