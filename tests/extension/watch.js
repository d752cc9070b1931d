// Called on a cue's shadow root, in the content script's own world: compares what it shows with `<html data-truth>`
// at every change of either, and 25 times a second in between.
function () {
  const root = this, html = document.documentElement;
  const told = { wrong: [], checks: 0, states: {}, painted: [] };
  let last = "";
  const check = (when) => {
    told.checks += 1;
    const box = root.querySelector(".cue");
    const state = root.host.isConnected ? box.dataset.state : "absent";
    const tip = root.querySelector(".tip").getAttribute("data-say") ?? "";
    const truth = html.getAttribute("data-truth") ?? "";
    const name = state + tip;
    if (name !== last) {
      told.states[state] = (told.states[state] ?? 0) + 1;
      if (["red", "amber", "green", "grey"].includes(state)) told.painted.push({ state, tip, at_ms: performance.now() });
    }
    last = name;
    const coloured = ["red", "amber", "green"].includes(state) || (state === "grey" && tip.startsWith("Reason of chat"));
    if (coloured && tip !== `Reason of chat ${truth}.`) told.wrong.push({ when, state, tip, truth });
  };
  new MutationObserver(() => check("cue")).observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  new MutationObserver(() => check("truth")).observe(html, { attributes: true, attributeFilter: ["data-truth"] });
  // Not in each frame: asking for frames all the time keeps nine pages drawing for nothing.
  setInterval(() => check("between"), 40);
  globalThis.cueWatch = told;
}
