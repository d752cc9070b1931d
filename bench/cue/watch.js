// Called on the node in which a cue appears: notes when each one has been painted. Frames are drawn after the callbacks
// of `requestAnimationFrame`, so the task after such a callback is the first moment a cue is surely on the screen.
function () {
  const node = this;
  const painted = [];
  let last = "";
  const colour = () => {
    const box = node.querySelector(".cue");
    if (box) return node.host.isConnected && ["red", "amber", "green", "grey"].includes(box.dataset.state) ? box.dataset.state : "";
    return node.querySelector("#bare-cue")?.textContent ?? "";
  };
  new MutationObserver(() => {
    const now = colour();
    if (now === last) return;
    last = now;
    if (!now) return;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => painted.push(performance.now());
      port2.postMessage(0);
    });
  }).observe(node, { subtree: true, childList: true, attributes: true });
  globalThis.cueBench = { painted };
}
