// The customer card on the right: what any shop's desk knows.

import { avatar, dayName, h, when } from "./dom.js";

export function drawCard(root, chat, data) {
  root.hidden = !chat;
  if (!chat) return;
  const customer = data.customers[chat.customer_id];
  root.replaceChildren(...(customer ? known(customer, chat) : unknown()));
}

function known(customer, chat) {
  return [
    h("header", {}, avatar(customer.name), h("div", {}, h("h2", {}, customer.name), h("p", {}, customer.plan))),
    h("dl", {},
      ...pair("Customer", h("code", {}, customer.customer_id)),
      ...pair("Since", String(customer.since)),
      ...pair("This contact", { verified: "is signed in", claimed: "says so; not signed in" }[chat.identity] ?? "unknown")),
    h("h3", {}, "Orders"),
    h("ul.orders", {}, ...customer.orders.map((order) => h("li", {},
      h("p", {}, order.what),
      h("p", {}, h("code", {}, order.order), ` · ${order.state} · ${dayName(when(order.ago_d * 1440))}`)))),
  ];
}

function unknown() {
  return [
    h("header", {}, avatar(null), h("div", {}, h("h2", {}, "Visitor"), h("p", {}, "No account named"))),
    h("p.none", {}, "Nobody to compare with, and nothing to give away: answer what anyone may know."),
  ];
}

const pair = (name, value) => [h("dt", {}, name), h("dd", {}, value)];
