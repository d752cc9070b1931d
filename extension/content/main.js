"use strict";
// The state machine: which chat is open, what is known about it, what may be on the screen.
//
// Three things guard every drawing: a generation number (an answer for an earlier chat is dropped), the chat id read
// again from the page just before drawing, and the life of the answer. Whatever goes wrong is grey, with a reason.
(() => {
  const FIRST_TIMEOUT_MS = 1800;
  const TIMEOUT_MS = 900; // with one question a second: grey within 2 s of the server's last answer
  const SETTLE_MS = 1000; // how long a page's structure may lag behind its address
  const IDLE_AFTER_MS = 600_000;
  const HELLO_TRIES = 5;

  /** @param {ChatKey | null} chat */
  const nameOf = (chat) => (chat ? JSON.stringify([chat.desk, chat.account, chat.chat_id]) : "");
  const clock = () => ({ steady_ms: performance.now(), wall_ms: Date.now() });
  /** @param {number} ms @returns {Promise<void>} */
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  /** @param {Reason} reason @returns {Answer} */
  const failed = (reason) => ({ ok: false, reason, retry_after_s: null });

  /**
   * @param {{desk: Desk, transport: Transport, drawnBy: "page" | "extension"}} options
   * @returns {Running}
   */
  const start = ({ desk, transport, drawnBy }) => {
    const { dom, guard } = CuelightContent;
    const adapter = CuelightContent.desk.compile(desk);
    const life = new AbortController();

    let generation = 0;
    let openName = "";
    /** @type {ChatKey | null} */
    let openChat = null;
    /** @type {{answer: Answer, life: Life} | null} */
    let known = null;
    /** @type {AbortController | null} */
    let asking = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let nextAsk;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let ending;
    let failures = 0;
    let disagrees_ms = -1;
    let opened_ms = -Infinity;
    let touched_ms = performance.now();
    let reported = "";
    /** @type {{cue: CueElement, keeper: Keeper, composers: ComposerGuard | null} | null} */
    let stage = null;

    const idle = () => performance.now() - touched_ms > IDLE_AFTER_MS;

    /** What may be on the screen now: decided anew for each drawing. @param {Reading} reading @returns {Drawing} */
    const decide = (reading) => {
      /** @param {State} state @param {string | null} reason @returns {Drawing} */
      const bare = (state, reason) => ({ state, body: null, reason, late: false, age_s: 0 });
      const now = clock();
      if (!reading.agrees) {
        if (disagrees_ms < 0) disagrees_ms = now.steady_ms;
        return now.steady_ms - disagrees_ms < SETTLE_MS ? bare("loading", null) : bare("grey", "page_disagrees");
      }
      disagrees_ms = -1;
      if (!known) return bare("loading", null);
      if (!known.answer.ok) return bare("grey", known.answer.reason);
      const { body } = known.answer;
      if (nameOf(body.chat) !== openName) return bare("grey", "wrong_chat");
      if (known.life.expired(now)) return bare("grey", idle() ? "idle" : "stale");
      if (!["red", "amber", "green", "grey"].includes(body.cue)) return bare("grey", "malformed");
      return { state: body.cue, body, reason: null, late: false, age_s: known.life.age_s(now) };
    };

    /** @param {Reading} reading */
    const paint = (reading) => {
      if (!stage) return;
      const drawing = decide(reading);
      const kept = stage.keeper.keep(reading, performance.now());
      const lost = kept === "look_at_toolbar" || kept === "removed";
      stage.cue.draw(lost ? { state: "grey", body: null, reason: "look_at_toolbar", late: true, age_s: 0 } : drawing);
      stage.composers?.tell(openName, drawing.state);
      const reason = drawing.reason ?? (kept === "placed" || kept === "waiting" ? null : kept);
      const name = JSON.stringify([generation, drawing.state, reason]);
      if (name === reported) return;
      reported = name;
      transport.show({ chat: openChat, seq: generation, state: drawing.state, reason });
    };

    /** Another chat, or none: the old cue goes in this very tick. @param {Reading} reading */
    const turnTo = (reading) => {
      generation += 1;
      openChat = reading.chat;
      openName = nameOf(openChat);
      known = null;
      failures = 0;
      disagrees_ms = -1;
      opened_ms = performance.now();
      asking?.abort();
      asking = null;
      clearTimeout(nextAsk);
      clearTimeout(ending);
      stage?.cue.clear();
      stage?.keeper.reset();
      stage?.composers?.tell(openName, openChat ? "loading" : "none");
      transport.open(openChat, generation);
      if (!openChat) return;
      void ask(FIRST_TIMEOUT_MS);
      paint(reading);
    };

    /** Reads the page and brings the screen into line with it. */
    const look = () => {
      if (life.signal.aborted) return;
      if (drawnBy === "page" && dom.all('cuelight-cue[data-drawn-by="extension"]').length > 0) return stop();
      const reading = adapter.read();
      if (nameOf(reading.chat) !== openName) turnTo(reading);
      else if (openChat) paint(reading);
    };

    /** @param {number} timeout_ms */
    const ask = async (timeout_ms) => {
      clearTimeout(nextAsk);
      nextAsk = undefined;
      if (!openChat || life.signal.aborted) return;
      asking?.abort();
      const mine = (asking = new AbortController());
      const asked = clock();
      // The transport keeps its own time-out; the second one is for a background that never answers.
      const answer = await Promise.race([
        Promise.resolve(transport.cue(openChat, generation, { signal: mine.signal, timeout_ms })).catch(() => failed("stopped")),
        sleep(timeout_ms + 50).then(() => failed("timed_out")),
      ]);
      if (mine.signal.aborted) return; // another chat by now, or a newer question
      mine.abort();
      asking = null;
      failures = answer.ok ? 0 : failures + 1;
      known = { answer, life: guard.life(answer.ok ? answer.body.ttl_s : 0, asked) };
      clearTimeout(ending);
      if (answer.ok) ending = setTimeout(look, known.life.left_ms(clock()) + 1);
      const before = generation;
      look();
      if (before !== generation || life.signal.aborted) return;
      const now_ms = performance.now();
      const pause_ms = guard.pause_ms(answer, failures, { idle: idle(), hidden: !dom.visible(), open_ms: now_ms - opened_ms });
      if (pause_ms !== null) nextAsk = setTimeout(() => void ask(TIMEOUT_MS), Math.max(50, pause_ms - (now_ms - asked.steady_ms)));
    };

    /** Ask at once: the page came back to the front, the agent came back to the page, or an outcome was given. */
    const refresh = () => {
      if (known?.answer.ok && known.life.expired(clock())) known = null; // "looking", not a flash of grey
      look();
      if (openChat && !asking) void ask(known ? TIMEOUT_MS : FIRST_TIMEOUT_MS);
    };
    const touch = () => {
      const wasIdle = idle();
      touched_ms = performance.now();
      if (wasIdle) refresh();
    };

    const stop = () => {
      if (life.signal.aborted) return;
      life.abort();
      asking?.abort();
      clearTimeout(nextAsk);
      clearTimeout(ending);
      stage?.cue.clear();
      stage = null;
    };

    const showDetails = async () => {
      const chat = openChat;
      if (!chat) return;
      const elsewhere = await transport.details(chat).catch(() => false);
      if (!elsewhere && openChat === chat) stage?.cue.openCard();
    };

    const begin = async () => {
      for (let tries = 1; !life.signal.aborted; tries += 1) {
        try {
          const { messages, mark, guard: languages = [] } = await transport.hello();
          if (life.signal.aborted) return;
          const words = CuelightContent.words(messages);
          const cue = CuelightContent.cue.make(words, mark, drawnBy, () => void showDetails(), life.signal);
          const composers = languages.length ? CuelightContent.composers.start({ words, adapter, languages, drawnBy, signal: life.signal }) : null;
          stage = { cue, keeper: CuelightContent.keeper(cue, adapter), composers };
          CuelightContent.watch(look, adapter.attributes, life.signal);
          for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) {
            globalThis.addEventListener(name, touch, { signal: life.signal, capture: true, passive: true });
          }
          Document.prototype.addEventListener.call(document, "visibilitychange", () => dom.visible() && refresh(), { signal: life.signal });
          look();
          return;
        } catch {
          if (tries >= HELLO_TRIES) return; // nothing to draw with; the toolbar icon stays without a cue
          await sleep(500 * tries);
        }
      }
    };
    void begin();
    return { stop, refresh };
  };

  CuelightContent.start = start;
})();
