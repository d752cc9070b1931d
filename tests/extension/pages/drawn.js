// A desk that draws its own cues, with a transport of random delays and failures. `watching()` compares what is on the
// screen with the address after every single change of the cue: a cue of another chat, or one that is too old, counts.
const desk = await (await fetch("/extension/desks/sample.json")).json();
desk.matches = [];
desk.urls = [{ path: "/pages/drawn.html", hash: "/chat/{chat_id}" }];
const messages = await (await fetch("/extension/_locales/en/messages.json")).json();

const guard = [await (await fetch("/extension/guard/en.json")).json()];

const CUES = ["red", "amber", "green"];
const told = { reports: [], asked: 0, opened: [] };
const settings = { delay_ms: 250, failing: 0, ttl_s: 60, life_ms: new Map(), body: {} };
let seed = 11;
const chance = () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};
const transport = {
  hello: async () => ({ messages, mark: "★", guard }),
  open: (chat, seq) => told.opened.push([chat?.chat_id ?? null, seq]),
  show: (report) => told.reports.push(report),
  details: async () => false,
  // Deaf to `signal` on purpose: late answers must be dropped by whoever asked.
  cue: async (chat) => {
    told.asked += 1;
    await new Promise((done) => setTimeout(done, chance() * settings.delay_ms));
    if (chance() < settings.failing) return { ok: false, reason: "unavailable", retry_after_s: null };
    const body = {
      chat, cue: CUES[Number(chat.chat_id) % 3], reasons: [{ code: "t", text: `Reason of chat ${chat.chat_id}.` }],
      not_assessed: [], advice: [], would_be: null, incident: null, outcome: null, scored_at: null, ttl_s: settings.ttl_s,
      ...settings.body,
    };
    return { ok: true, body };
  },
};
const running = CuelightContent.start({ desk, transport, drawnBy: "page" });

const said = (element) => element?.getAttribute("data-say") ?? "";
/** What is on the screen: state, reason and word; null where there is no cue. */
const seen = () => {
  const root = window.roots[0];
  if (!root?.host.isConnected) return null;
  const box = root.querySelector(".cue");
  return { state: box.dataset.state, tip: said(root.querySelector(".tip")), word: said(root.querySelector(".word")) };
};

const wrong = [];
const check = (when) => {
  const now = seen();
  if (!now || !CUES.includes(now.state)) return;
  const id = location.hash.replace("#/chat/", "");
  if (now.tip !== `Reason of chat ${id}.` || now.state !== CUES[Number(id) % 3]) wrong.push({ when, id, now });
};
const watching = () => {
  new MutationObserver(() => check("mutation")).observe(window.roots[0], { subtree: true, childList: true, attributes: true, characterData: true });
};

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const switchMany = async (times) => {
  let drawn = 0;
  for (let i = 0; i < times; i += 1) {
    const id = String(1001 + Math.floor(chance() * 6));
    const way = Math.floor(chance() * 3);
    window.desk.lag_ms = chance() < 0.3 ? chance() * 60 : 0;
    if (way === 0) window.desk.go(id);
    else if (way === 1) location.hash = `#/chat/${id}`;
    else {
      history.pushState(null, "", `#/chat/${id}`);
      check("same tick");
      window.desk.rebuild();
    }
    if (way !== 1) check("same tick");
    await pause(chance() < 0.08 ? 350 : chance() * 25);
    check("later");
    if (CUES.includes(seen()?.state)) drawn += 1;
  }
  return { wrong, drawn, nodes: document.querySelectorAll("*").length + window.roots[0].querySelectorAll("*").length, roots: window.roots.length };
};
Object.assign(window, { running, seen, told, settings, switchMany, watching });
