// Cues, drawn by the extension's own files from the running API. The page only lends them a transport and a panel.

const FILES = "/demo/extension/";
const ASK_EVERY_MS = 5000;
const GUARDED = ["en", "de", "es", "fr"]; // languages of the disclosure guard: it looks in all of them at once
const never = new AbortController().signal;
let extensionSeen = false; // for good: between two chats its cue is away for a moment
const extensionDraws = () => (extensionSeen ||= document.querySelector('cuelight-cue[data-drawn-by="extension"]') !== null);
const json = async (path) => (await fetch(FILES + path)).json();

/**
 * @param {HTMLElement} place where the extension's panel goes
 * @param {object} data what /demo/desk.json brought
 * @param {() => void} showDetails
 */
export async function startCues(place, data, showDetails) {
  const [{ createClient }, view, desk, messages, guard] = await Promise.all([
    import(`${FILES}background/api.js`),
    import(`${FILES}panel/view.js`).catch(() => null), // without it the cue opens its own small card
    json("desks/sample.json"),
    json("_locales/en/messages.json"),
    Promise.all(GUARDED.map((language) => json(`guard/${language}.json`))),
  ]);
  const client = createClient({ server: location.origin, key: data.key });
  const news = new EventTarget();
  const tell = () => news.dispatchEvent(new Event("news"));
  let open = null;
  let latest = null; // { chat, answer, at_ms }

  const same = (one, other) => one?.chat_id === other?.chat_id;
  const keep = (chat, answer) => {
    latest = { chat, answer, at_ms: performance.now() };
    if (same(chat, open)) tell();
    return answer;
  };
  const transport = {
    hello: async () => ({ messages, mark: null, guard }),
    open(chat) {
      open = chat;
      if (!same(latest?.chat, chat)) latest = null;
      tell();
    },
    cue: async (chat, _seq, options) => keep(chat, await client.cue(chat, options)),
    show() {},
    details: async () => {
      if (view) showDetails();
      return view !== null;
    },
  };
  const draw = () => CuelightContent.start({ desk, transport, drawnBy: "page" });
  let running = draw();

  view?.mountPanel(place, {
    messages,
    current: async () => {
      const chat = here(data);
      if (chat && extensionDraws() && (!same(latest?.chat, chat) || performance.now() - latest.at_ms > ASK_EVERY_MS / 2)) {
        latest = { chat, answer: await client.cue(chat, { signal: never, timeout_ms: 2000 }), at_ms: performance.now() };
      }
      const age_s = latest ? (performance.now() - latest.at_ms) / 1000 : null;
      return { chat, answer: same(latest?.chat, chat) ? latest.answer : null, age_s };
    },
    outcome: async (chat, outcome) => {
      const answer = keep(chat, await client.outcome(chat, { ...outcome, by: data.agent }));
      running.refresh();
      return answer;
    },
    details: (chat) => client.details(chat),
    disclose: (chat, disclosure) => client.disclose(chat, { ...disclosure, by: data.agent }),
    refresh: () => running.refresh(),
    openOptions: null,
    changed: (listener, signal) => news.addEventListener("news", listener, { signal }),
  });

  // With the extension installed the page's cue steps back and its transport is asked no more; the panel asks itself.
  setInterval(() => extensionDraws() && tell(), ASK_EVERY_MS);

  return {
    changed: tell,
    /** Draw anew: the cue picks its colours by what it stands on. */
    again() {
      running.stop();
      running = draw();
    },
  };
}

function here(data) {
  const chat_id = document.querySelector("[data-chat-pane]")?.getAttribute("data-chat-id");
  return chat_id ? { desk: data.desk, account: data.account, chat_id } : null;
}
