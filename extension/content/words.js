"use strict";
// Messages of _locales as sentences. Plain texts only: nothing here is ever read as markup.
(() => {
  /**
   * `words(key, "Lisbon")` fills `$1`…`$9`. A missing key gives the key itself: odd to read, never silent.
   * @param {Messages} messages
   * @returns {Words}
   */
  const words = (messages) => (key, ...values) => {
    const found = Object.hasOwn(messages, key) ? messages[key]?.message : undefined;
    if (typeof found !== "string") return key;
    return found.replace(/\$([1-9])/g, (_whole, place) => values[Number(place) - 1] ?? "");
  };
  CuelightContent.words = words;
})();
