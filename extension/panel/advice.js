// What to do, in three groups an agent can act on at a glance: may, must not, and how to be sure.

import { make, section } from "./make.js";

const GROUPS = /** @type {const} */ ([
  ["no", ["disclose_nothing", "disclose_no_personal_data", "nothing_until_signed_in"]],
  ["yes", ["usual_care", "general_help_only"]],
  ["verify", ["sign_in", "one_time_code", "call_back"]],
]);

/** @param {string} code */
const groupOf = (code) => GROUPS.find(([, codes]) => /** @type {readonly string[]} */ (codes).includes(code))?.[0] ?? "other";

/** @param {Words} words @param {Line[]} advice @param {CueBody["would_be"]} would_be */
export const adviceSection = (words, advice, would_be) => {
  const parts = [];
  for (const group of ["other", "no", "yes", "verify"]) {
    const lines = advice.filter(({ code }) => groupOf(code) === group);
    if (!lines.length) continue;
    const box = make("div", "cl-advice");
    box.dataset.group = group;
    const list = make("ul");
    list.append(...lines.map(({ text }) => make("li", "", text)));
    if (group !== "other") {
      const heading = make("h3", "", words(`advice_${group}`));
      box.append(heading);
    }
    box.append(list);
    parts.push(box);
  }
  if (would_be) parts.push(make("p", "cl-note", would_be.text));
  return section(words("what_to_do"), ...parts);
};
