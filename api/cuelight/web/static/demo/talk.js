// The open conversation: header with the cue's anchor, the lines, the composer. What is typed stays on this page, but in
// chats of the sample shop.

import { avatar, clockTime, dayName, h, icon, when } from "./dom.js";

const SIGNED = {
  verified: ["key", "Signed in"],
  claimed: ["person", "Not signed in"],
  anonymous: ["person", "No name given"],
};

/** @param {{ back(): void, about(): void, sent(text: string): void, shut(closed: boolean): void }} actions */
export function drawTalk(root, chat, data, actions) {
  root.replaceChildren(chat ? pane(chat, data, actions) : nothingOpen());
  const lines = root.querySelector(".lines");
  if (lines) lines.scrollTop = lines.scrollHeight;
}

function nothingOpen() {
  return h("div.empty", {},
    icon("lantern"),
    h("p", {}, h("b", {}, "No chat is open.")),
    h("p", {}, "Pick one on the left, or press ", h("kbd", {}, "J"), "."));
}

function pane(chat, data, actions) {
  const customer = data.customers[chat.customer_id];
  const [picture, signed] = SIGNED[chat.identity];
  return h("section.pane", { "data-chat-pane": true, "data-chat-id": chat.chat_id, "aria-label": chat.topic },
    h("header.head", {},
      h("button.quiet.back", { type: "button", "aria-label": "Back to the inbox", onclick: actions.back }, icon("back")),
      avatar(customer?.name),
      h("div.title", {},
        h("h2", {}, customer?.name ?? "Visitor"),
        h("p.signed", {}, icon(picture), signed, h("span.topic", {}, chat.topic))),
      h("div.anchor", { "data-cue-anchor": true }),
      h("button.plain.shut", { type: "button", onclick: () => actions.shut(!chat.closed) }, chat.closed ? "Open again" : "Close chat"),
      h("button.quiet.about", { type: "button", "aria-label": "About this chat", onclick: actions.about }, icon("person"))),
    h("ol.lines", { tabindex: "0", "aria-label": "Messages" }, ...lines(chat, customer, data)),
    chat.closed ? h("p.closed", {}, "This chat is closed.") : composer((box) => send(box, chat, data, actions), chat, data));
}

/** The lines anew, where more came in; the composer and what is typed in it stay. */
export function drawLines(root, chat, data) {
  const list = root.querySelector(".lines");
  list.replaceChildren(...lines(chat, data.customers[chat.customer_id], data));
  list.scrollTop = list.scrollHeight;
}

/** The contact signed in while the chat was open. */
export function sayIdentity(root, chat) {
  const [picture, signed] = SIGNED[chat.identity];
  root.querySelector(".signed").replaceChildren(icon(picture), signed, h("span.topic", {}, chat.topic));
}

function lines(chat, customer, data) {
  const drawn = [];
  let day = "";
  chat.messages.forEach((message, index) => {
    const at = message.at ?? when(message.ago_min);
    if (dayName(at) !== day) {
      day = dayName(at);
      drawn.push(h("li.day", {}, h("span", {}, day)));
    }
    const before = chat.messages[index - 1];
    const follows = before?.from === message.from && !drawn.at(-1).classList.contains("day");
    drawn.push(line(message, at, follows, customer, data));
  });
  return drawn;
}

function line(message, at, follows, customer, data) {
  const name = { contact: customer?.name ?? "Visitor", agent: data.agent, note: "Internal note" }[message.from];
  return h(`li.message.${message.from}${follows ? ".follows" : ""}`, {},
    h("p.by", {}, message.from === "note" ? icon("note") : null, h("b", {}, name), h("time", { datetime: at.toISOString() }, clockTime(at))),
    h("p.said-line", {}, message.text));
}

function composer(onsend, chat, data) {
  const box = h("textarea", {
    rows: "1", "aria-label": "Reply", placeholder: `Reply as ${data.agent}`, maxlength: "2000", autocomplete: "off",
    oninput: () => { fit(box); },
    onkeydown: (event) => {
      if (event.key === "Escape") box.blur();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    },
  });
  const form = h("form.composer", { onsubmit: (event) => { event.preventDefault(); onsend(box); } },
    box,
    h("button", { type: "submit" }, icon("send"), h("span", {}, "Send")),
    h("p.hint", {}, chat.live ? "Goes to the sample shop's chat box, on this machine." : "Nothing you type leaves this page."));
  return form;
}

/** Grows with the text, up to the style sheet's limit. Height is set through CSSOM, which the policy allows. */
function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

function send(box, chat, data, actions) {
  const text = box.value.trim();
  if (!text) return;
  chat.messages.push({ from: "agent", at: new Date(), text });
  box.value = "";
  fit(box);
  // The header stays as it is: redrawing it would take the cue away and put it back.
  drawLines(box.closest(".pane"), chat, data);
  actions.sent(text);
}
