// The disclosure guard's words, one file a language, checked before they are used. All languages are used at once: what
// an agent reads the desk in says little about what is written in a chat.

const LANGUAGES = ["en", "de", "es", "fr"];
const LISTS = ["not_between", "not_streets", "after_number", "boxes", "postcodes", "regions", "phone_words", "card_words", "tail_words", "code_words", "code_not_after", "link_words", "mailboxes"];
const SHAPES = ["number_name_street", "suffix_number", "street_name_number", "number_street_name"];
const LIMITS = { list: 300, word: 60 };

/** @param {unknown} value @param {(item: any) => boolean} check */
const isList = (value, check) => Array.isArray(value) && value.length <= LIMITS.list && value.every(check);
/** @param {unknown} value */
const isWords = (value) => isList(value, (word) => typeof word === "string" && word.length > 0 && word.length <= LIMITS.word);

/** @param {any} street */
const isStreet = (street) =>
  SHAPES.includes(street?.shape) && isWords(street.words) && (street.named_words === undefined || isWords(street.named_words));

/** @param {any} group */
const isGroup = (group) =>
  isList(group?.digits, (size) => Number.isInteger(size) && size > 0 && size < 12) && typeof group.starts === "string" && /^[0-9]{1,10}$/.test(group.starts);

/** @param {any} words @returns {string | null} the name of the first field that cannot be used; null where all is well */
export const badWords = (words) => {
  if (words === null || typeof words !== "object" || Array.isArray(words)) return "guard";
  for (const [name, value] of Object.entries(words)) {
    if (name === "streets" ? !isList(value, isStreet) : name === "phone_groups" ? !isList(value, isGroup) : !LISTS.includes(name) || !isWords(value)) return name;
  }
  return null;
};

/** @type {Promise<GuardWords[]> | null} */
let loaded = null;

/** @returns {Promise<GuardWords[]>} */
export const guardWords = () => {
  loaded ??= Promise.all(
    LANGUAGES.map(async (language) => {
      const words = await (await fetch(chrome.runtime.getURL(`guard/${language}.json`))).json();
      const bad = badWords(words);
      if (bad) throw new Error(`guard/${language}.json: ${bad}`);
      return /** @type {GuardWords} */ (words);
    }),
  );
  loaded.catch(() => (loaded = null));
  return loaded;
};
