// Draws one word when the answer is there, and checks nothing.
navigation.addEventListener("currententrychange", async () => {
  document.getElementById("bare-cue")?.remove();
  const chat_id = location.hash.split("/")[2];
  if (!chat_id) return;
  const answer = await chrome.runtime.sendMessage({ chat_id });
  const word = document.createElement("b");
  word.id = "bare-cue";
  word.textContent = answer?.cue ?? "?";
  document.querySelector("[data-cue-anchor]")?.append(word);
});
