// The outcome buttons: what the agent found out, with a question before the grave one and a way back from each.

const METHODS = ["signed_in", "one_time_code", "call_back"];

/** @param {string} tag @param {string} [className] @param {string} [text] */
const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

/** @param {string} label @param {() => void} act @param {string} [className] */
const button = (label, act, className) => {
  const element = /** @type {HTMLButtonElement} */ (make("button", className, label));
  element.type = "button";
  element.addEventListener("click", () => element.getAttribute("aria-disabled") !== "true" && act());
  return element;
};

/** @param {(HTMLElement | string)[]} items */
const row = (...items) => {
  const element = make("div", "cl-row");
  element.append(...items);
  return element;
};

/**
 * @param {{words: Words, body: CueBody, save: (outcome: Outcome) => Promise<Answer>}} options
 * @returns {HTMLElement}
 */
export const outcomeSection = ({ words, body, save }) => {
  const section = make("section", "cl-outcome");
  const status = make("div", "cl-spoken");
  status.setAttribute("role", "status");
  const place = make("div");
  const problem = make("p", "cl-problem");
  problem.setAttribute("role", "alert");
  section.append(make("h2", "", words("outcome_question")), place, problem, status);

  /** @param {Outcome} outcome */
  const send = async (outcome) => {
    problem.textContent = "";
    status.textContent = words("outcome_saving");
    for (const each of place.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
    const answer = await save(outcome);
    // A recorded outcome brings a new body, and with it a new section; only a failure comes back here.
    for (const each of place.querySelectorAll("button")) each.removeAttribute("aria-disabled");
    status.textContent = "";
    if (!answer.ok) problem.textContent = words("outcome_failed", answer.detail ?? words(`reason_${answer.reason}`));
  };

  const choices = () => {
    const verified = row(
      make("span", "cl-label", words("outcome_verified")),
      ...METHODS.map((method) => button(words(`outcome_${method}`), () => void send({ outcome: "genuine", method }))),
    );
    verified.setAttribute("role", "group");
    verified.setAttribute("aria-label", words("outcome_verified"));
    place.replaceChildren(
      verified,
      row(
        button(words("outcome_impersonation"), confirm, "cl-alarm"),
        button(words("outcome_unknown"), () => void send({ outcome: "unknown" })),
      ),
    );
  };

  const confirm = () => {
    const yes = button(words("outcome_confirm_yes"), () => void send({ outcome: "impersonation" }), "cl-alarm cl-sure");
    const no = button(words("outcome_confirm_no"), () => {
      choices();
      place.querySelector("button")?.focus();
    });
    place.replaceChildren(make("p", "", words("outcome_confirm")), row(yes, no));
    place.querySelector("p")?.setAttribute("id", "cl-confirm");
    yes.setAttribute("aria-describedby", "cl-confirm");
    no.focus();
  };

  const done = (/** @type {NonNullable<CueBody["outcome"]>} */ outcome) => {
    const box = make("div", "cl-done");
    const said = make("div");
    const method = outcome.method ? words(`outcome_${outcome.method}`) : "";
    said.append(words(`outcome_done_${outcome.outcome}`, method));
    const when = new Date(outcome.at);
    const time = Number.isNaN(when.getTime()) ? "" : when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    said.append(make("small", "", words("outcome_by", outcome.by, time)));
    const undo = outcome.outcome === "unknown" ? button(words("outcome_change"), choices, "cl-plain") : button(words("outcome_undo"), () => void send({ outcome: "unknown" }), "cl-plain");
    box.append(said, undo);
    box.tabIndex = -1;
    place.replaceChildren(box);
  };

  if (body.outcome) done(body.outcome);
  else choices();
  return section;
};
