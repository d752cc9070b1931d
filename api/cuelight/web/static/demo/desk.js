// The sample desk: which chat is open, the keys, the theme, the story. No framework; the page is small.

import { drawCard } from "./card.js";
import { startCues } from "./cues.js";
import { ageInbox, drawInbox } from "./inbox.js";
import { reply, startLive } from "./live.js";
import { drawStory } from "./story.js";
import { drawLines, drawTalk, sayIdentity } from "./talk.js";

const $ = (selector) => document.querySelector(selector);
const wide = matchMedia("(min-width: 1100px)");
const CHAT = /^#\/chat\/([A-Za-z0-9._-]{1,64})$/u;

const answer = await fetch("/demo/desk.json");
if (!answer.ok) {
  toast("The sample chats could not be loaded. Is the server still running?");
  throw new Error(`desk.json: ${answer.status}`);
}
const data = await answer.json();
drawStory($("#story"), data);
// As on any desk: the latest first. The order stays, however the talk goes on: a list that jumps is clicked wrong.
data.chats.sort((one, other) => one.messages.at(-1).ago_min - other.messages.at(-1).ago_min);
let open = null;

document.title = `${data.shop} – sample desk`;
$("[data-shop]").textContent = data.shop;

const cues = await startCues($(".cue-panel"), data, () => showSide(true)).catch((error) => {
  toast("The extension's files could not be loaded, so no cue is drawn.");
  console.error(error);
  return { changed() {}, again() {} };
});

function named() {
  const id = CHAT.exec(location.hash)?.[1];
  return data.chats.find((chat) => chat.chat_id === id) ?? null;
}

/** Goes where the address says. Called at once by our own moves: the browser tells of a new hash a little later. */
function route() {
  if (open === named()) return;
  open = named();
  draw();
}

/** Chats of the sample shop that are new or went on. The open one's header stays: a cue stands in it. */
function wentOn(changed) {
  if (!open && named()) {
    route();
    return;
  }
  if (changed.includes(open)) {
    open.unread = 0;
    drawLines($(".talk"), open, data);
    sayIdentity($(".talk"), open);
    drawCard($(".card"), open, data);
  }
  drawInbox($(".inbox"), data, open);
}

function draw() {
  if (open) open.unread = 0;
  document.body.dataset.view = open ? "chat" : "inbox";
  drawTalk($(".talk"), open, data, {
    back: () => go("#/"),
    about: () => showSide(document.body.dataset.view !== "side"),
    sent: (text) => {
      if (open.live) void reply(data, open, text).then((answer) => answer?.ok || toast("The sample shop did not get that."));
      drawInbox($(".inbox"), data, open);
    },
    shut: (closed) => {
      open.closed = closed;
      draw();
    },
  });
  drawCard($(".card"), open, data);
  drawInbox($(".inbox"), data, open);
  $(".cue-panel").hidden = !open;
  $(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
  cues.changed();
}

/** On a narrow screen the right column is a page of its own; on a wide one it is always there. */
function showSide(shown) {
  if (!open) return;
  if (!wide.matches) document.body.dataset.view = shown ? "side" : "chat";
  if (shown) {
    $(".side").scrollTop = 0;
    if (!wide.matches) $(".side-close").focus();
  }
}

function go(hash) {
  location.hash = hash;
  route();
}

function step(by) {
  const at = data.chats.indexOf(open);
  const next = data.chats[at < 0 ? 0 : Math.min(data.chats.length - 1, Math.max(0, at + by))];
  go(`#/chat/${next.chat_id}`);
}

function showStory(shown) {
  $("#story").hidden = !shown;
  for (const button of document.querySelectorAll("[aria-controls=story]")) button.setAttribute("aria-expanded", String(shown));
  localStorage.setItem("desk.story", shown ? "shown" : "hidden");
}

async function startOver(button) {
  button.disabled = true;
  const done = await fetch("/demo/start-over", {
    method: "POST",
    headers: { Authorization: `Bearer ${data.key}`, "Content-Type": "application/json" },
    body: "{}",
  }).catch(() => null);
  button.disabled = false;
  if (!done?.ok) {
    toast("The server could not start over. What you see may be old.");
    return;
  }
  location.hash = "#/";
  location.reload();
}

function toast(text) {
  const place = $(".toast");
  place.textContent = text;
  place.hidden = false;
  setTimeout(() => { place.hidden = true; }, 6000);
}

const doing = {
  story: () => showStory($("#story").hidden),
  again: startOver,
  theme: () => {
    globalThis.turnTheme();
    cues.again();
  },
  side: () => showSide(false),
  copy: async (button) => {
    await navigator.clipboard.writeText(button.closest("p").querySelector("code").textContent);
    toast("Copied.");
  },
};
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
  if (button) void doing[button.dataset.do](button);
});

const keys = {
  j: () => step(1), ArrowDown: () => step(1),
  k: () => step(-1), ArrowUp: () => step(-1),
  r: () => $(".composer textarea")?.focus(),
  c: () => showSide(true),
  Escape: () => showSide(false),
};
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("textarea, input, [tabindex='0']");
  if (typing || event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

addEventListener("hashchange", route);
setInterval(() => ageInbox($(".inbox")), 30_000);
showStory(localStorage.getItem("desk.story") !== "hidden");
await startLive(data, wentOn);
open = named();
draw();
