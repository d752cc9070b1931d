// The help strip: what the six chats tell, and how to ask the API for the same.

import { h } from "./dom.js";

export function drawStory(root, data) {
  root.querySelector(".tells").replaceChildren(...data.chats.map((chat) => {
    const [who, ...rest] = chat.tells.split(": ");
    return h("li", {}, h("a", { href: `#/chat/${chat.chat_id}` },
      rest.length ? h("b", {}, `${who}: `) : null, rest.length ? rest.join(": ") : who));
  }));
  const told = data.chats.find((chat) => chat.expect.includes("red") && !chat.closed) ?? data.chats[0];
  const path = [data.desk, data.account, told.chat_id].map(encodeURIComponent).join("/");
  root.querySelector(".curl code").textContent =
    `curl -s ${location.origin}/cues/${path} -H "Authorization: Bearer ${data.key}"`;
}
