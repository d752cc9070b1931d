// A small desk with a router of its own: one pane, rebuilt for each chat. `window.desk` lets tests misbehave with it.
"use strict";
const desk = (window.desk = {
  /** Milliseconds by which the pane lags behind the address. */
  lag_ms: 0,
  /** Changes the id the pane claims. */
  claim: (id) => document.querySelector("[data-chat-pane]")?.setAttribute("data-chat-id", id),
  rebuild: () => show(),
});
const opened = () => location.hash.match(/^#\/chat\/([^?]+)/)?.[1] ?? null;
function show() {
  const id = opened();
  const pane = document.getElementById("pane");
  pane.replaceChildren();
  if (!id) return;
  const section = document.createElement("section");
  section.setAttribute("data-chat-pane", "");
  section.setAttribute("data-chat-id", id);
  const head = document.createElement("header");
  const name = document.createElement("h1");
  name.textContent = `Chat ${id}`;
  const anchor = document.createElement("div");
  anchor.setAttribute("data-cue-anchor", "");
  head.append(name, anchor);
  const talk = document.createElement("p");
  talk.textContent = "Hello, I cannot sign in. Where did you send my last order?";
  section.append(head, talk);
  pane.append(section);
}
function turn() {
  if (desk.lag_ms) setTimeout(show, desk.lag_ms);
  else show();
}
for (const id of ["1001", "1002", "1003", "1004", "1005", "1006"]) {
  const link = document.createElement("a");
  link.href = `#/chat/${id}`;
  link.textContent = id;
  document.getElementById("chats").append(link, " ");
}
addEventListener("hashchange", turn);
desk.go = (id) => {
  history.replaceState(null, "", id ? `#/chat/${id}` : "#/"); // fires neither popstate nor hashchange
  turn();
};
show();
