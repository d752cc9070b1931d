"use strict";
// Streets in a text, in the four orders in which languages put number, name and the word for a street.
(() => {
  const NAME_MAX = 4; // words of a street's name
  const NUMBER = /^[0-9]{1,5}$/;
  const HOUSE = /^[0-9]{1,4}$/;

  /** @param {GuardWords[]} languages @param {Indexed} indexed @param {PhraseAt} phraseAt @param {(token: Token | undefined) => boolean} isNamed @returns {(tokens: Token[]) => boolean} */
  const compile = (languages, indexed, phraseAt, isNamed) => {
    const after = indexed(languages.flatMap(({ after_number }) => after_number ?? []));
    /** @param {Token | undefined} token */
    const endsLine = (token) => token === undefined || token.gap === 2 || [".", "!", "?", ";", ":"].includes(token.text);

    /** Past a house number and what may stand behind it: a letter, "bis", a comma. @param {Token[]} tokens @param {number} i */
    const pastNumber = (tokens, i) => {
      let next = i + 1;
      if (tokens[next]?.kind === "word" && tokens[next]?.gap === 0 && tokens[next]?.text.length === 1) next += 1;
      next += phraseAt(after, tokens, next);
      return tokens[next]?.text === "," ? next + 1 : next;
    };

    /** @type {((tokens: Token[], i: number) => boolean)[]} */
    const shapes = languages.flatMap(({ streets = [], not_between = [], not_streets = [] }) =>
      streets.map(({ shape, words, named_words = [] }) => {
        const [sure, named] = [indexed(words), indexed(named_words)];
        const between = new Set(not_between);
        const exceptions = new Set(not_streets);

        if (shape === "number_name_street") {
          // 221b Baker Street
          return (tokens, i) => {
            if (!NUMBER.test(tokens[i]?.text ?? "")) return false;
            const from = pastNumber(tokens, i);
            for (let k = from; k <= from + NAME_MAX; k += 1) {
              const token = tokens[k];
              if (endsLine(token) || token?.kind !== "word" || between.has(token.low)) return false;
              if (k > from && phraseAt(sure, tokens, k)) return true;
              if (k > from && phraseAt(named, tokens, k) && isNamed(tokens[k - 1])) return true;
            }
            return false;
          };
        }
        if (shape === "suffix_number") {
          // Hauptstraße 5, Berliner Str. 12
          return (tokens, i) => {
            const token = tokens[i];
            if (token?.kind !== "word" || exceptions.has(token.low)) return false;
            const ends = (/** @type {string} */ word) => token.low.endsWith(word) && (token.low.length > word.length + 2 || (token.low === word && isNamed(tokens[i - 1])));
            if (!words.some(ends) && !(isNamed(token) && named_words.some(ends))) return false;
            const next = tokens[i + 1]?.text === "." && tokens[i + 1]?.gap === 0 ? i + 2 : i + 1;
            return HOUSE.test(tokens[next]?.text ?? "") && tokens[next]?.gap !== 2;
          };
        }
        if (shape === "street_name_number") {
          // calle de Alcalá, 42
          return (tokens, i) => {
            const [one, two] = [phraseAt(sure, tokens, i), phraseAt(named, tokens, i)];
            if (!one && !(two && [0, 1, 2].some((more) => isNamed(tokens[i + two + more])))) return false;
            let names = 0;
            for (let k = i + Math.max(one, two); k < i + 12; k += 1) {
              const token = tokens[k];
              if (token === undefined || token.gap === 2 || between.has(token.low) || ["!", "?", ";", ":"].includes(token.text)) return false;
              if (token.kind === "digits") return names > 0 && HOUSE.test(token.text) && !between.has(tokens[k + 1]?.low ?? "");
              if (token.kind === "word") names += 1;
            }
            return false;
          };
        }
        // 12 bis, rue de la Paix
        return (tokens, i) => {
          if (!HOUSE.test(tokens[i]?.text ?? "")) return false;
          const at = pastNumber(tokens, i);
          const [one, two] = [phraseAt(sure, tokens, at), phraseAt(named, tokens, at)];
          const size = Math.max(one, two);
          const next = tokens[at + size];
          if (!size || next?.kind !== "word" || next.gap === 2) return false;
          const linked = ["de", "du", "des", "d'", "d’"].includes(next.low) || /^[dl]['’]./.test(next.low);
          if (!one) return isNamed(next) || (linked && [1, 2].some((more) => isNamed(tokens[at + size + more]))) || (/^[dl]['’]/.test(next.text) && /\p{Lu}/u.test(next.text));
          return isNamed(next) || linked || next.text.length > 2;
        };
      }),
    );
    return (tokens) => tokens.some((_token, i) => shapes.some((is) => is(tokens, i)));
  };

  CuelightContent.streets = Object.freeze({ compile });
})();
