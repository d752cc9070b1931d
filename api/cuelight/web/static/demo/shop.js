// The sample shop: a chat box, a consent, a sign-in. The collector is a script of its own, used as any company would.

import { clockTime, h } from "./dom.js";

const $ = (selector) => document.querySelector(selector);
const { who, name } = document.body.dataset;
const LOOK_MS = 2000;
const box = $(".write textarea");
let consented = null;
let chatId = null;
let token;
let shown = 0;
let opening = false;

const ask = (path, body) => fetch(`/demo/shop/${path}`, body && {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** All the collector needs to hear. It may not be there yet, or never: a chat does not depend on it. */
function tellCollector() {
  if (consented !== null) window.Cuelight?.consent(consented);
  if (chatId) window.Cuelight?.collect({ chatId, token });
}
window.addEventListener("cuelight", tellCollector);

function consent(given) {
  consented = given;
  $("[data-consent] .choices").hidden = true;
  const change = h("button.more", { type: "button", onclick: () => consent(!given) }, given ? "Withdraw" : "Allow after all");
  const said = $("[data-consent] p");
  said.replaceChildren(given ? "Support may check this device. " : "Nothing about this device is sent. ", change);
  $("#what").hidden = true;
  tellCollector();
}

async function open(text) {
  const answer = await ask("chats", { who, text });
  if (!answer.ok) throw new Error(`chat: ${answer.status}`);
  chatId = (await answer.json()).chat_id;
  $(".to-desk").href = `/demo/desk#/chat/${chatId}`;
  const sign = $(".sign");
  if (sign) {
    sign.disabled = false;
    sign.title = "";
  }
  tellCollector();
}

async function signIn(button) {
  button.disabled = true;
  const answer = await ask("token", { who, chat_id: chatId });
  if (!answer.ok) {
    button.disabled = false;
    return;
  }
  ({ token } = await answer.json());
  button.textContent = `Signed in as ${name}`;
  button.classList.add("is-in");
  tellCollector();
}

function line({ from, at, text }) {
  const date = new Date(at);
  return h(`li.${from}`, {},
    h("p.by", {}, from === "agent" ? "Sam" : "You", " ", h("time", { datetime: at }, clockTime(date))),
    h("p.said", {}, text));
}

/** The talk as the server has it: the agent may have answered. */
async function look() {
  if (!chatId || document.hidden) return;
  const answer = await ask(`chats/${chatId}`).catch(() => null);
  if (!answer?.ok) {
    $("[data-status]").textContent = answer?.status === 404 ? "This chat has ended: begin anew" : "Not connected";
    return;
  }
  $("[data-status]").textContent = "Sam is here";
  const lines = await answer.json();
  if (lines.length === shown) return;
  shown = lines.length;
  const list = $(".lines");
  list.replaceChildren(list.firstElementChild, ...lines.map(line)); // the greeting stays
  list.scrollTop = list.scrollHeight;
}

async function write(event) {
  event.preventDefault();
  const text = box.value.trim();
  if (!text || opening) return; // what is written while the chat begins stays where it is
  box.value = "";
  opening = !chatId;
  try {
    if (chatId) await ask(`chats/${chatId}`, { text });
    else await open(text);
    await look();
  } catch {
    box.value = text;
    $("[data-status]").textContent = "Could not be sent: is the server still running?";
  } finally {
    opening = false;
  }
}

$(".write").addEventListener("submit", (event) => void write(event));
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $(".write").requestSubmit();
});
for (const select of document.querySelectorAll(".stage select")) select.addEventListener("change", () => select.form.submit());

const doing = {
  yes: () => consent(true),
  no: () => consent(false),
  sign: (button) => void signIn(button),
  more: (button) => {
    $("#what").hidden = !$("#what").hidden;
    button.setAttribute("aria-expanded", String(!$("#what").hidden));
  },
};
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
  if (button) doing[button.dataset.do](button);
});

// What the page can see of the collector: that it has sent something. The answer tells nothing.
new PerformanceObserver((list) => {
  if (!list.getEntries().some((entry) => entry.name.endsWith("/collect"))) return;
  $("[data-sent]").textContent = `${token ? "Device and sign-in" : "Device"} sent, ${clockTime(new Date())}`;
}).observe({ type: "resource", buffered: true });

setInterval(() => void look(), LOOK_MS);
