// The panel: the cue and its age, the reasons, what to do, and what the agent found out. The same for the toolbar's
// popup and for a page that mounts it; what differs is the backend (see docs/extension.md).

import { adviceSection } from "./advice.js";
import { backgroundPlaces } from "./background.js";
import { bullets, button, day, keepOpen, make, more, section } from "./make.js";
import { outcomeSection } from "./outcome.js";

/** How many of the first and the second list of reasons are read at a glance; the others wait behind what to do.
 * Red: what speaks for the contact holds up nobody's reading of what not to do. */
const AT_A_GLANCE = { red: [3, 0], other: [3, 2] };
const HOLDS = new Set(["lock.on", "identity.other_account"]);

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
  let drawnChat = "";
  let age = make("div", "cl-age");
  /** @type {HTMLElement | null} where the console's link goes once there is one */
  let consolePlace = null;
  /** @type {Current} */
  let current = { chat: null, answer: null, age_s: null };
  let asked_ms = performance.now();
  let focusOutcome = false;
  let updates = 0;
  /** The latest background, and what it was asked for. @type {{name: string, answer: DetailsAnswer} | null} */
  let known = null;
  let asked = "";

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

  /** @param {ChatKey} chat @param {CueBody} found */
  const background = (chat, found) => {
    const name = JSON.stringify(chat);
    const { places, fill } = backgroundPlaces(words, async (kinds, mistaken) => {
      const answer = await /** @type {NonNullable<PanelBackend["disclose"]>} */ (backend.disclose)(chat, { kinds, mistaken });
      if (answer.ok && known?.name === name && known.answer.ok) known.answer.body.disclosures = answer.body.disclosures;
      return answer;
    });
    if (known?.name === name) fill(known.answer);
    const wanted = JSON.stringify([chat, found.scored_at, found.outcome, found.incident]);
    if (backend.details && backend.disclose && asked !== wanted) {
      asked = wanted;
      void backend.details(chat).then((answer) => {
        if (asked !== wanted || life.signal.aborted) return; // another chat by now
        known = { name, answer };
        if (!answer.ok) asked = ""; // asked again at the next change
        fill(answer);
      });
    }
    return places;
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
    const places = background(chat, found);
    // Notes (`chat.…`) weigh nothing and say why a cue is grey; what holds a cue at amber weighs nothing either.
    const notes = reasons.filter(({ code, points }) => points === undefined || code.startsWith("chat.") || HOLDS.has(code));
    const weighed = reasons.filter((reason) => !notes.includes(reason));
    const against = [...notes, ...weighed.filter(({ points }) => Number(points) > 0)];
    const alike = weighed.filter(({ points }) => Number(points) <= 0);
    // Grey has nobody to be like or unlike: one list says what was seen.
    const unlike = { heading: "why_against", kind: "cl-against", lines: against };
    const like = { heading: "why_for", kind: "cl-for", lines: alike };
    const all = { heading: "why", kind: "", lines: [...against, ...alike] };
    const groups = { grey: [all], green: [like, unlike] }[/** @type {string} */ (cue)] ?? [unlike, like];
    const lists = groups.filter(({ lines }) => lines.length);
    const glance = cue === "red" ? AT_A_GLANCE.red : AT_A_GLANCE.other;
    const listed = lists.map((list, at) => ({ ...list, first: list.lines.slice(0, glance[at]), rest: list.lines.slice(glance[at]) }));
    for (const { heading, kind, first } of listed) if (first.length) parts.push(section(words(heading), bullets(first, kind)));
    const further = listed.filter(({ rest }) => rest.length);
    if (!reasons.length) parts.push(make("p", "cl-lead", words(`plain_${cue}`)));
    if (advice.length || would_be) parts.push(adviceSection(words, advice, would_be));
    const count = further.reduce((sum, { rest }) => sum + rest.length, 0);
    if (count) parts.push(more(words("reasons_further", String(count)), ...further.map(({ heading, kind, rest }) => section(words(heading), bullets(rest, kind)))));
    parts.push(places.habits, places.owner);
    if (not_assessed.length) parts.push(more(words("not_assessed_count", String(not_assessed.length)), bullets(not_assessed)));
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
      places.ledger,
      places.contacts,
    );
    consolePlace = places.foot;
    return [hero(cue, words(`cue_${cue}`)), body(cue, ...parts)];
  };

  const draw = () => {
    const { chat, answer } = current;
    if (!chat) return [hero("none", words("panel_empty_title")), body("none", make("p", "cl-lead", words("panel_empty_text")))];
    if (!answer) return [hero("loading", words("panel_loading_title")), body("loading", make("p", "cl-lead", words("panel_loading_text")))];
    if (answer.ok) return drawCue(answer.body, chat);
    const again = make("div", "cl-row");
    // What only the agent can mend, first; the rest mends itself or by asking again.
    const { openOptions } = backend;
    if (openOptions && ["unauthorised", "forbidden", "no_server", "not_allowed", "not_cuelight"].includes(answer.reason)) again.append(button(words("panel_open_options"), openOptions, "cl-main"));
    if (backend.refresh) again.append(button(words("panel_try_again"), () => backend.refresh?.()));
    return [
      hero("grey", words("cue_grey")),
      body("grey", make("p", "cl-lead", words(`reason_${answer.reason}`)), section(words("what_to_do"), bullets([{ text: words("advice_unverified") }], "cl-do")), again),
    ];
  };

  const foot = () => {
    const { openOptions, dock } = backend;
    const element = make("footer", "cl-foot");
    if (consolePlace) element.append(consolePlace);
    if (dock) element.append(button(words("panel_dock"), dock, "cl-plain"));
    if (openOptions) element.append(button(words("panel_options"), openOptions, "cl-plain"));
    return element.childElementCount ? [element] : [];
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
      consolePlace = null;
      const chat = JSON.stringify(current.chat);
      if (chat === drawnChat) keepOpen(root, () => root.replaceChildren(...draw(), ...foot()));
      else root.replaceChildren(...draw(), ...foot());
      drawnChat = chat;
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
