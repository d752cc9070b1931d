// The list of chats on the left.

import { avatar, h, shortTime, when } from "./dom.js";

const LAST_LINE = { agent: "You: ", note: "Note: ", contact: "" };

/** @param {object} data what /demo/desk.json brought */
export function drawInbox(root, data, open) {
  const waiting = data.chats.filter((chat) => chat.unread).length;
  root.querySelector(".count").textContent = waiting ? `${waiting} waiting` : "";
  const focused = document.activeElement instanceof HTMLAnchorElement && root.contains(document.activeElement)
    ? document.activeElement.hash : null;
  root.querySelector(".chats").replaceChildren(...data.chats.map((chat) => row(chat, data, chat === open)));
  // Whoever came by the Tab key stays where they were.
  [...root.querySelectorAll(".row")].find((each) => each.hash === focused)?.focus({ preventScroll: true });
}

/** Only the times, which grow old by themselves. */
export function ageInbox(root) {
  for (const time of root.querySelectorAll("time")) time.textContent = shortTime(new Date(time.dateTime));
}

function row(chat, data, current) {
  const customer = data.customers[chat.customer_id];
  const last = chat.messages.at(-1);
  const unread = chat.unread && !current;
  return h("li", {},
    h("a.row", {
      href: `#/chat/${chat.chat_id}`,
      "aria-current": current ? "true" : null,
      "data-closed": chat.closed,
      "data-unread": Boolean(unread),
    },
    avatar(customer?.name),
    h("span.who", {}, customer?.name ?? "Visitor"),
    h("time.at", { datetime: (last.at ?? when(last.ago_min)).toISOString() }, shortTime(last.at ?? when(last.ago_min))),
    h("span.line", {}, LAST_LINE[last.from] + last.text),
    unread ? h("span.unread", {}, h("span.said", {}, "unread: "), String(chat.unread)) : null,
    chat.closed ? h("span.state", {}, "Closed") : null));
}
