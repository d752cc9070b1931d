// The outcome buttons: what the agent found out, with a question before the grave one and a way back from each.

import { button, isFresh, make, moment, row } from "./make.js";

const METHODS = ["signed_in", "one_time_code", "call_back"];

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
    const question = make("p", "", words("outcome_confirm"));
    question.id = "cl-confirm";
    place.replaceChildren(question, row(yes, no));
    yes.setAttribute("aria-describedby", "cl-confirm");
    no.focus();
  };

  const done = (/** @type {NonNullable<CueBody["outcome"]>} */ outcome) => {
    const box = make("div", "cl-done");
    const said = make("div");
    const method = outcome.method ? words(`outcome_${outcome.method}`) : "";
    box.tabIndex = -1; // where the focus goes once it is recorded
    said.append(words(`outcome_done_${outcome.outcome}`, method), make("small", "", words("outcome_by", outcome.by, moment(outcome.at))));
    box.append(said);
    if (outcome.outcome === "unknown") {
      // Not sure, or taken back: the question is open as before, and who left it so stands above it.
      choices();
      place.prepend(box);
      return;
    }
    const grave = outcome.outcome === "impersonation";
    if (isFresh(outcome.at) || !grave) box.append(button(words(isFresh(outcome.at) ? "outcome_undo" : "outcome_change"), () => void send({ outcome: "unknown" }), "cl-plain"));
    if (grave && !isFresh(outcome.at)) said.append(make("small", "", words("outcome_fixed")));
    place.replaceChildren(box);
  };

  if (body.outcome) done(body.outcome);
  else choices();
  return section;
};
