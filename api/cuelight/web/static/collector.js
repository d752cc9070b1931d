// Cuelight's collector, for the page on which a contact chats. It tells what the browser is, never what is done with it:
// once per chat, after consent, in idle time. It reads and writes no cookie and no storage. docs/collector.md has the rest.
(() => {
  "use strict";
  const tag = document.currentScript;
  if (!tag?.src || window.Cuelight) return;

  const IDLE_MS = 500; // a page that is never idle waits for nobody: the chat needs its cue
  const SLOW_MS = 3000; // a component that takes longer is left out
  const AGAIN_MS = 3000;
  const { key, desk, account } = tag.dataset;
  const place = new URL("collect", tag.src).href; // beside the script, wherever that is served
  const told = new Map(); // chat -> the token it was told with
  let consented = false;
  let wanted = null; // { chatId, token }
  let failed = null; // what was wanted when the server could not be reached, twice
  let gathered = null;
  let stop = new AbortController();
  let busy = false;

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const idle = () => new Promise((done) => {
    if (window.requestIdleCallback) requestIdleCallback(done, { timeout: IDLE_MS });
    else setTimeout(done, 50);
  });
  const text = (value, longest = 500) => String(value).slice(0, longest);

  /** 64 bits of a text: what a picture or a sound is compared by. It protects nothing. */
  function hash(value) {
    let one = 0x811c9dc5;
    let two = 0x2f0b4a27;
    for (let at = 0; at < value.length; at += 1) {
      const code = value.charCodeAt(at);
      one = Math.imul(one ^ code, 0x01000193);
      two = Math.imul(two + code, 0x5bd1e995);
      two ^= two >>> 15;
    }
    return [one, two].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** What differs from one look to the next is noise a browser adds on purpose: no component then. */
  const twice = async (look) => {
    const first = await look();
    return first !== null && first === (await look()) ? first : undefined;
  };

  function canvasOf(width, height) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    return canvas;
  }

  function picture() {
    const canvas = canvasOf(220, 60);
    const pen = canvas.getContext("2d");
    if (!pen) return null;
    pen.textBaseline = "alphabetic";
    pen.fillStyle = "#f3a712";
    pen.fillRect(90, 4, 70, 28);
    pen.fillStyle = "#29335c";
    pen.font = "15px Georgia, serif";
    pen.fillText("Cue light \u25B2 \u{1F3AD} 0.5", 4, 24);
    pen.globalCompositeOperation = "multiply";
    pen.fillStyle = "rgba(219, 43, 57, .6)";
    pen.font = "italic 17px Arial, sans-serif";
    pen.fillText("stand by \u00E5\u00DF\u0416", 12, 46);
    pen.beginPath();
    pen.arc(180, 32, 21, 0, 5.1);
    pen.fill();
    return hash(canvas.toDataURL());
  }

  async function sound() {
    const Context = window.OfflineAudioContext;
    if (!Context) return null;
    const context = new Context(1, 4096, 44100);
    const tone = context.createOscillator();
    const press = context.createDynamicsCompressor();
    tone.type = "sawtooth";
    tone.frequency.value = 2750;
    press.threshold.value = -45;
    press.ratio.value = 14;
    tone.connect(press).connect(context.destination);
    tone.start();
    const heard = (await context.startRendering()).getChannelData(0);
    let sum = 0;
    for (let at = 3000; at < heard.length; at += 1) sum += Math.abs(heard[at]);
    return hash(String(sum));
  }

  function gpu() {
    const gl = canvasOf(1, 1).getContext("webgl");
    if (!gl) return undefined;
    const name = gl.getParameter(gl.RENDERER);
    // Only where the plain name says nothing: elsewhere the extension is deprecated, and asking for it makes noise.
    const more = name === "WebKit WebGL" ? gl.getExtension("WEBGL_debug_renderer_info") : null;
    return text(more ? gl.getParameter(more.UNMASKED_RENDERER_WEBGL) : name);
  }

  // None that pages bring along themselves: those would tell of the page.
  const FONTS = `Andale Mono,Arial,Arial Black,Arial Narrow,Avenir,Bahnschrift,Baskerville,Book Antiqua,Calibri,Cambria,Candara,
Carlito,Comic Sans MS,Consolas,Constantia,Courier New,DejaVu Sans,Droid Sans,Futura,Garamond,Geneva,Georgia,Gill Sans,
Helvetica Neue,Impact,Leelawadee UI,Liberation Sans,Lucida Console,Lucida Grande,Malgun Gothic,Meiryo,Menlo,
Microsoft YaHei,Monaco,MS Gothic,Noto Sans CJK JP,Optima,Palatino,PingFang SC,Segoe UI,Segoe UI Emoji,SF Pro Text,SimSun,
Tahoma,Times New Roman,Trebuchet MS,Verdana`.replace(/\n/gu, "").split(",");

  async function fonts() {
    const pen = canvasOf(1, 1).getContext("2d");
    if (!pen) return undefined;
    const width = (names) => {
      pen.font = `64px ${names}`;
      return pen.measureText("mmwQil\u00E60Ag").width;
    };
    const plain = ["monospace", "serif"].map((base) => [base, width(base)]);
    const found = [];
    for (const [at, name] of FONTS.entries()) {
      if (at % 6 === 5) await idle();
      if (plain.some(([base, own]) => width(`"${name}", ${base}`) !== own)) found.push(name);
    }
    return found;
  }

  const COMPONENTS = {
    screen: () => `${screen.width}x${screen.height}`,
    pixel_ratio: () => devicePixelRatio,
    color_depth: () => screen.colorDepth,
    timezone: () => text(Intl.DateTimeFormat().resolvedOptions().timeZone, 64),
    languages: () => [...navigator.languages].slice(0, 20).map((tongue) => text(tongue, 35)),
    platform: () => text(navigator.platform, 64),
    cores: () => navigator.hardwareConcurrency,
    memory: () => navigator.deviceMemory,
    touch: () => navigator.maxTouchPoints,
    gpu,
    canvas: () => twice(picture),
    audio: () => twice(sound),
    fonts,
  };

  async function components() {
    const found = {};
    for (const [name, look] of Object.entries(COMPONENTS)) {
      await idle();
      if (!consented) return found;
      try {
        const value = await Promise.race([look(), pause(SLOW_MS)]);
        if (value !== undefined && value !== "") found[name] = value;
      } catch { /* a browser that does not say: absent */ }
    }
    return found;
  }

  /** Client Hints as the browser's own headers would bring them. */
  async function hints() {
    const said = {};
    try {
      const agent = navigator.userAgentData;
      const more = await agent.getHighEntropyValues(["platformVersion", "model", "fullVersionList"]);
      const quoted = (value) => `"${text(value, 120).replace(/[^ -~]/gu, "?").replace(/["\\]/gu, "\\$&")}"`;
      const list = (brands) => text(brands.map(({ brand, version }) => `${quoted(brand)};v=${quoted(version)}`).join(", "), 512);
      said["sec-ch-ua"] = list(agent.brands);
      said["sec-ch-ua-mobile"] = agent.mobile ? "?1" : "?0";
      said["sec-ch-ua-platform"] = quoted(agent.platform);
      said["sec-ch-ua-platform-version"] = quoted(more.platformVersion);
      said["sec-ch-ua-model"] = quoted(more.model);
      said["sec-ch-ua-full-version-list"] = list(more.fullVersionList);
    } catch { /* only some browsers have them, and a page's policy may keep them */ }
    return said;
  }

  /** @returns {Promise<boolean>} whether there is nothing left to try */
  async function send(body) {
    try {
      const answer = await fetch(place, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        mode: "cors",
        credentials: "omit",
        cache: "no-store",
        keepalive: true,
        priority: "low",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: stop.signal,
      });
      return answer.status < 500 && answer.status !== 429;
    } catch {
      return stop.signal.aborted;
    }
  }

  const isNew = () => consented && wanted && (!told.has(wanted.chatId) || (wanted.token && told.get(wanted.chatId) !== wanted.token));

  async function run() {
    if (busy || !isNew()) return;
    busy = true;
    try {
      await idle();
      const mine = gathered ??= Promise.all([components(), hints()]);
      const [found, client_hints] = await mine;
      if (isNew() && mine === gathered) {
        const { chatId, token } = wanted;
        told.set(chatId, token);
        const body = JSON.stringify({ key, desk, account, chat_id: chatId, token, client_hints, components: found });
        const asked = wanted;
        if (!(await send(body))) {
          await pause(AGAIN_MS * (1 + Math.random()));
          if (consented && !(await send(body))) {
            failed = asked; // the page's next call tries again
            told.delete(chatId);
          }
        }
      }
    } catch {
      failed = wanted; // the chat goes on without: not assessed
    }
    busy = false;
    if (wanted !== failed) void run();
  }

  function consent(given) {
    if (consented === given) return;
    consented = given;
    if (given) {
      stop = new AbortController();
      void run();
    } else {
      stop.abort();
      gathered = null;
      told.clear();
    }
  }

  const byTag = () => consent(tag.dataset.consent === "yes");
  window.Cuelight = Object.freeze({
    /** Which chat is open, and the company's identity token if the visitor is signed in. Call it again when one changes. */
    collect(chat) {
      const chatId = chat?.chatId;
      if (typeof chatId !== "string" && typeof chatId !== "number") return;
      wanted = { chatId: String(chatId), token: typeof chat.token === "string" ? chat.token : undefined };
      void run();
    },
    /** The visitor consents, or no longer does. */
    consent: (given) => consent(given === true),
  });
  try {
    new MutationObserver(byTag).observe(tag, { attributes: true, attributeFilter: ["data-consent"] });
    byTag();
    window.dispatchEvent(new Event("cuelight"));
  } catch { /* a page that polyfills what it should not */ }
})();
