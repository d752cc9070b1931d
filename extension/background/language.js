// The words in the language the agent chose; the browser's own choice of _locales cannot be changed by an extension.

/** Complete languages only. */
export const LANGUAGES = Object.freeze({ en: "English", de: "Deutsch", es: "Español", fr: "Français" });

/** A message with its places filled. @param {Messages} messages @param {string} key @param {string[]} values */
export const say = (messages, key, ...values) =>
  (messages[key]?.message ?? key).replace(/\$([1-9])/g, (_whole, place) => values[Number(place) - 1] ?? "");

/** @type {Map<string, Promise<Messages>>} */
const loaded = new Map();

/** @param {string} chosen "auto" follows the browser @returns {string} one of LANGUAGES */
export const languageFor = (chosen) => {
  const wanted = chosen === "auto" ? chrome.i18n.getUILanguage().split("-")[0] ?? "en" : chosen;
  return Object.hasOwn(LANGUAGES, wanted) ? wanted : "en";
};

/** @param {string} chosen @returns {Promise<Messages>} */
export const loadMessages = (chosen) => {
  const language = languageFor(chosen);
  let messages = loaded.get(language);
  if (!messages) {
    messages = fetch(chrome.runtime.getURL(`_locales/${language}/messages.json`)).then((response) => response.json());
    messages.catch(() => loaded.delete(language));
    loaded.set(language, messages);
  }
  return messages;
};
