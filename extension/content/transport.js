"use strict";
// In the extension only: messages to the background, then the start. Loaded last.
(() => {
  /** @param {Reason} reason @returns {Answer} */
  const failed = (reason) => ({ ok: false, reason, retry_after_s: null });

  /** @param {object} message @returns {Promise<any>} rejects where the extension was updated or switched off */
  const send = (message) => chrome.runtime.sendMessage(message);
  /** False once the extension was updated, removed or switched off under this page. */
  const isLiving = () => typeof chrome !== "undefined" && chrome.runtime?.id !== undefined;
  /** Nobody waits for the answer. @param {object} message */
  const tell = (message) => {
    try {
      send(message).catch(() => undefined);
    } catch {
      // The extension was updated or removed under this page: `cue` says so when it is next asked.
    }
  };

  /** @param {{messages: Messages, mark: string | null, guard: GuardWords[]}} greeting @returns {Transport} */
  const transport = (greeting) => ({
    hello: async () => greeting,
    open: (chat, seq) => tell({ type: "open", chat, seq }),
    show: (report) => tell({ type: "show", ...report }),
    cue: async (chat, seq, { timeout_ms }) => {
      // The browser may put the background to sleep with a question under way; the next one wakes it.
      for (let tries = 1; tries <= 2 && isLiving(); tries += 1) {
        const answer = await send({ type: "cue", chat, seq, timeout_ms }).catch(() => null);
        if (answer && typeof answer.ok === "boolean") return answer;
      }
      return failed(isLiving() ? "no_background" : "stopped");
    },
    details: async (chat) => (await send({ type: "details", chat })) === true,
  });

  let boots = 0;
  const boot = async () => {
    const mine = (boots += 1);
    CuelightContent.running?.stop();
    CuelightContent.running = undefined;
    const greeting = await send({ type: "hello" });
    if (mine !== boots || !greeting?.desk) return; // asked to start again meanwhile, or this desk is switched off
    CuelightContent.running = CuelightContent.start({ desk: greeting.desk, transport: transport(greeting), drawnBy: "extension" });
  };

  if (!CuelightContent.listening) {
    CuelightContent.listening = true; // scripts may be registered twice for one page; one machine is enough
    chrome.runtime.onMessage.addListener((message) => {
      if (message?.type === "refresh") CuelightContent.running?.refresh();
      if (message?.type === "restart") void boot().catch(() => undefined);
    });
    void boot().catch(() => undefined);
  }
})();
