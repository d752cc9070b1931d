// What stands beside the cue: usual against now, what the owner said, what was given out, earlier contacts. It comes by a second question and is
// drawn into places of its own, so that it never disturbs what the agent is doing with the cue.

import { bullets, button, isFresh, keepOpen, make, moment, more, row, section } from "./make.js";

const SHOWN = 4;

/** @param {Words} words @param {Habit[]} habits */
const habitTable = (words, habits) => {
  const table = make("table", "cl-habits");
  const head = make("tr");
  for (const key of ["habits_fact", "habits_usual", "habits_now"]) {
    const cell = make("th", "", words(key));
    cell.setAttribute("scope", "col");
    head.append(cell);
  }
  const top = make("thead");
  top.append(head);
  const body = make("tbody");
  for (const { label, usual, now, differs } of habits) {
    const line = make("tr");
    const fact = make("th", "", label);
    fact.setAttribute("scope", "row");
    const seen = make("td", "", now ?? words("habits_unknown"));
    if (differs) {
      line.dataset.differs = "";
      seen.append(make("span", "cl-differs", words("habits_differs")));
    }
    line.append(fact, make("td", "", usual.length ? usual.join(", ") : words("habits_unknown")), seen);
    body.append(line);
  }
  table.append(top, body);
  return section(words("habits_title"), table);
};

/** @param {Words} words @param {Details} details */
const contactList = (words, { contacts, contact_days, kinds }) => {
  const heading = words("contacts_title", String(contact_days));
  if (!contacts.length) return section(heading, make("p", "cl-soft", words("contacts_none")));
  const said = new Map(kinds.map(({ code, text }) => [code, text]));
  const items = contacts.map(({ at, desk, cue, outcome, disclosed }) => {
    const item = make("li");
    item.dataset.state = cue ?? "none";
    const told = make("div");
    const cueWord = cue ? words(`cue_${cue}`) : words("contacts_old");
    told.append(make("strong", "", cueWord), make("small", "", `${moment(at)} · ${desk}`));
    if (outcome) told.append(make("span", "cl-outcome-word", words(`contacts_${outcome}`)));
    if (disclosed.length) told.append(make("span", "cl-given", words("contacts_disclosed", disclosed.map((kind) => said.get(kind) ?? kind).join(", "))));
    item.append(CuelightContent.shapes.draw(cue ?? "none", 18), told);
    return item;
  });
  const list = make("ol", "cl-contacts");
  list.append(...items.slice(0, SHOWN));
  if (items.length <= SHOWN) return section(heading, list);
  const rest = make("ol", "cl-contacts");
  rest.append(...items.slice(SHOWN));
  return section(heading, list, more(words("contacts_more", String(items.length - SHOWN)), rest));
};

/**
 * @param {Words} words @param {Details} details
 * @param {(kinds: string[], mistaken: boolean) => Promise<LedgerAnswer>} save
 */
const ledgerSection = (words, details, save) => {
  const place = make("div");
  const problem = make("p", "cl-problem");
  problem.setAttribute("role", "alert");
  const status = make("div", "cl-spoken");
  status.setAttribute("role", "status");

  /** @param {string} kind @param {boolean} mistaken @param {boolean} open */
  const send = async (kind, mistaken, open) => {
    problem.textContent = "";
    for (const each of place.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
    const answer = await save([kind], mistaken);
    if (answer.ok) {
      draw(answer.body.disclosures, open);
      status.textContent = words(mistaken ? "ledger_taken_back" : "ledger_noted");
      const next = /** @type {HTMLElement | null} */ (place.querySelector(open ? "details button" : "summary"));
      next?.focus();
      return;
    }
    for (const each of place.querySelectorAll("button")) each.removeAttribute("aria-disabled");
    problem.textContent = words("outcome_failed", answer.detail ?? words(`reason_${answer.reason}`));
  };

  /** @param {Disclosed[]} lines @param {boolean} open */
  const draw = (lines, open) => {
    const list = make("ul", "cl-ledger");
    list.append(
      ...lines.map(({ kind, text, at, by }) => {
        const item = make("li");
        const told = make("div", "", text);
        told.append(make("small", "", words("outcome_by", by, moment(at))));
        item.append(told);
        if (isFresh(at)) {
          const undo = button(words("outcome_undo"), () => void send(kind, true, false), "cl-plain");
          undo.setAttribute("aria-label", `${words("outcome_undo")}: ${text}`);
          item.append(undo);
        }
        return item;
      }),
    );
    const free = details.kinds.filter(({ code }) => !lines.some(({ kind }) => kind === code));
    const chips = row(...free.map(({ code, text }) => button(text, () => void send(code, false, true), "cl-chip")));
    const adding = more(words("ledger_add"), make("p", "cl-soft", words("ledger_hint")), chips);
    if (open && free.length) adding.setAttribute("open", "");
    place.replaceChildren(...(lines.length ? [list] : [make("p", "cl-soft", words("ledger_none"))]), ...(free.length ? [adding] : []));
  };

  draw(details.disclosures, false);
  return section(words("ledger_title"), place, problem, status);
};

/** A "no" comes with an incident, which says the rest. @param {Words} words @param {Asked} notice */
const ownerSection = (words, { at, answer, answered_at }) => {
  const line = make("p", answer === "no" ? "cl-problem" : "", words(`owner_${answer ?? "waiting"}`, moment(answered_at ?? at)));
  return section(words("owner_title"), line, ...(answer === "yes" ? [make("p", "cl-soft", words("owner_yes_hint"))] : []));
};

/** Only ever a web address. @param {Words} words @param {string | null} address */
const consoleLink = (words, address) => {
  if (!address || !/^https?:\/\/[^\s]+$/i.test(address)) return [];
  const link = /** @type {HTMLAnchorElement} */ (make("a", "cl-link", words("panel_console")));
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return [link];
};

/**
 * Empty places, and how to fill them.
 * @param {Words} words @param {(kinds: string[], mistaken: boolean) => Promise<LedgerAnswer>} save
 */
export const backgroundPlaces = (words, save) => {
  const places = { habits: make("div", "cl-slot"), owner: make("div", "cl-slot"), ledger: make("div", "cl-slot"), contacts: make("div", "cl-slot"), foot: make("span") };
  return {
    places,
    /** @param {DetailsAnswer} answer */
    fill: (answer) => {
      if (!answer.ok) {
        places.contacts.replaceChildren(section(words("background_title"), bullets([{ text: words(`reason_${answer.reason}`) }])));
        return;
      }
      const { body } = answer;
      places.habits.replaceChildren(...(body.habits.length ? [habitTable(words, body.habits)] : []));
      places.owner.replaceChildren(...(body.notice ? [ownerSection(words, body.notice)] : []));
      keepOpen(places.ledger, () => places.ledger.replaceChildren(ledgerSection(words, body, save)));
      keepOpen(places.contacts, () => places.contacts.replaceChildren(contactList(words, body)));
      places.foot.replaceChildren(...consoleLink(words, body.console_url));
    },
  };
};
