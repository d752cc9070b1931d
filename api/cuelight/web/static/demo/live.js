// Chats that come in from the sample shop, beside the told ones.

const LOOK_MS = 2000;

/**
 * @param {object} data what /demo/desk.json brought; new chats are put on top of `data.chats`
 * @param {(changed: object[]) => void} tell hears of chats that came in or changed later on
 */
export async function startLive(data, tell) {
  async function look() {
    if (document.hidden) return;
    const answer = await fetch("/demo/shop/chats").catch(() => null);
    if (!answer?.ok) return;
    const changed = (await answer.json()).reverse().map((told) => keep(data, told)).filter(Boolean);
    return changed;
  }
  setInterval(async () => {
    const changed = await look();
    if (changed?.length) tell(changed);
  }, LOOK_MS);
  await look();
}

/** Answers with the chat if anything about it is new. */
function keep(data, told) {
  const messages = told.messages.map((message) => ({ ...message, at: new Date(message.at) }));
  const known = data.chats.find((chat) => chat.chat_id === told.chat_id);
  if (!messages.length) return null;
  if (!known) {
    const chat = { ...told, messages, live: true, closed: false, tells: "", expect: [], unread: messages.length };
    data.chats.unshift(chat);
    return chat;
  }
  if (known.messages.length > messages.length) return null; // what the agent just wrote is still on its way
  if (known.messages.length === messages.length && known.identity === told.identity) return null;
  known.unread += messages.slice(known.messages.length).filter((message) => message.from === "contact").length;
  known.messages = messages;
  known.identity = told.identity;
  return known;
}

/** The agent's answer, to the shop's chat box. */
export function reply(data, chat, text) {
  return fetch(`/demo/shop/chats/${encodeURIComponent(chat.chat_id)}/reply`, {
    method: "POST",
    headers: { Authorization: `Bearer ${data.key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
  }).catch(() => null);
}
