// One question, one answer: the least an extension can do.
let server = "";
let key = "";
chrome.runtime.onMessage.addListener((message, _sender, reply) => {
  if (message.server) {
    ({ server, key } = message);
    reply(true);
    return false;
  }
  fetch(`${server}/cues/sample/demo/${message.chat_id}`, { headers: { Authorization: `Bearer ${key}` }, cache: "no-store" })
    .then((response) => response.json())
    .then(reply, () => reply(null));
  return true;
});
