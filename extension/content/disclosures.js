"use strict";
// What a text would give away: postal addresses, card digits, e-mail addresses, phone numbers, codes. Pure, and judged
// on this computer only.
//
// A text is cut into words, numbers and signs in one pass, and each is looked at with the few that follow it. The words
// of a language come from guard/*.json and are compared, never run: no pattern of theirs can back-track.
(() => {
  const MAX_TEXT = 4000; // the end of a longer text, where the agent writes
  const NEAR = 8;
  const TOKEN = /\p{L}[\p{L}\p{M}’']*|[0-9]+|[^\s\p{L}0-9]/gu;
  const BETWEEN = new Set(["-", ".", "/", "(", ")"]);

  /** @param {string} text @returns {Token[]} */
  const cut = (text) => {
    /** @type {Token[]} */
    const tokens = [];
    let end = 0;
    for (const hit of text.matchAll(TOKEN)) {
      const between = text.slice(end, hit.index);
      const word = hit[0];
      const kind = /^[0-9]/.test(word) ? "digits" : /^\p{L}/u.test(word) ? "word" : "sign";
      tokens.push({ text: word, low: word.toLowerCase(), kind, gap: between.includes("\n") ? 2 : between ? 1 : 0 });
      end = hit.index + word.length;
    }
    return tokens;
  };

  /** @param {Token | undefined} token */
  const isNamed = (token) => token?.kind === "word" && token.text !== token.low;

  /** Phrases by their first word, each as the words it is made of. @param {string[]} phrases @returns {Map<string, string[][]>} */
  const indexed = (phrases) => {
    /** @type {Map<string, string[][]>} */
    const index = new Map();
    for (const phrase of phrases) {
      const parts = cut(phrase).map(({ low }) => low);
      const [first] = parts;
      if (first !== undefined) index.set(first, [...(index.get(first) ?? []), parts]);
    }
    return index;
  };

  /** How many tokens the longest phrase at `i` takes; 0 for none. @param {Map<string, string[][]>} index @param {Token[]} tokens @param {number} i */
  const phraseAt = (index, tokens, i) => {
    let longest = 0;
    for (const parts of index.get(tokens[i]?.low ?? "") ?? []) {
      if (parts.length > longest && parts.every((part, k) => tokens[i + k]?.low === part)) longest = parts.length;
    }
    return longest;
  };

  /** @param {Map<string, string[][]>} index @param {Token[]} tokens @param {number} from @param {number} to */
  const isNear = (index, tokens, from, to) => {
    for (let i = Math.max(0, from); i < Math.min(tokens.length, to); i += 1) if (phraseAt(index, tokens, i)) return true;
    return false;
  };

  /** @typedef {{digits: string, parts: string[], from: number, to: number, plus: boolean}} Run numbers that stand together */

  /** Numbers with single spaces or signs between them. @param {Token[]} tokens @returns {Run[]} */
  const runsOf = (tokens) => {
    /** @type {Run[]} */
    const runs = [];
    for (let i = 0; i < tokens.length; i += 1) {
      if (tokens[i]?.kind !== "digits") continue;
      const from = i;
      const parts = [/** @type {Token} */ (tokens[i]).text];
      while (parts.length < 12) {
        let next = i + 1;
        for (let signs = 0; signs < 2 && tokens[next]?.kind === "sign" && BETWEEN.has(tokens[next]?.text ?? "") && tokens[next]?.gap !== 2; signs += 1) next += 1;
        if (tokens[next]?.kind !== "digits" || tokens[next]?.gap === 2) break;
        parts.push(/** @type {Token} */ (tokens[next]).text);
        i = next;
      }
      const before = tokens[from - 1]?.text === "(" ? from - 2 : from - 1;
      runs.push({ digits: parts.join(""), parts, from, to: i, plus: tokens[before]?.text === "+" });
    }
    return runs;
  };

  /** @param {string} digits the check sum of card numbers (ISO/IEC 7812) */
  const luhn = (digits) => {
    let sum = 0;
    for (let i = 0; i < digits.length; i += 1) {
      const digit = Number(digits[digits.length - 1 - i]);
      const twice = i % 2 ? digit * 2 : digit;
      sum += twice > 9 ? twice - 9 : twice;
    }
    return sum % 10 === 0;
  };

  /** @param {Run} run */
  const isCardNumber = ({ parts }) => {
    for (let from = 0; from < parts.length; from += 1) {
      let digits = "";
      for (let to = from; to < parts.length && digits.length <= 19; to += 1) {
        digits += parts[to];
        if (digits.length >= 13 && digits.length <= 19 && /^[2-6]/.test(digits) && luhn(digits)) return true;
      }
    }
    return false;
  };

  /** @param {GuardWords[]} languages @returns {Disclosures} */
  const compile = (languages) => {
    /** @param {"boxes" | "phone_words" | "card_words" | "tail_words" | "code_words" | "code_not_after"} name */
    const all = (name) => indexed(languages.flatMap((words) => words[name] ?? []));
    const set = (/** @type {(words: GuardWords) => string[] | undefined} */ pick) => new Set(languages.flatMap((words) => pick(words) ?? []));
    const [boxes, phoneWords, cardWords, tailWords, codeWords, notCodes] = [all("boxes"), all("phone_words"), all("card_words"), all("tail_words"), all("code_words"), all("code_not_after")];
    const [mailboxes, postcodes, regions, links] = [set((w) => w.mailboxes), set((w) => w.postcodes), set((w) => w.regions), [...set((w) => w.link_words)]];
    const groups = languages.flatMap((words) => words.phone_groups ?? []);
    const streets = CuelightContent.streets.compile(languages, indexed, phraseAt, isNamed);

    /** @param {Token[]} tokens @param {Run[]} runs */
    const hasCard = (tokens, runs) =>
      runs.some((run) => {
        if (isCardNumber(run)) return true;
        const tail = run.parts.at(-1) ?? "";
        if (tail.length !== 4) return false;
        const masked = /^[*•x…]+$/i.test(tokens[run.to - 1]?.text ?? "") && tokens[run.to]?.gap !== 2;
        if (masked || isNear(tailWords, tokens, run.from - NEAR, run.from)) return masked || isNear(cardWords, tokens, run.from - 2 * NEAR, run.to + NEAR) || !/^(?:19|20)/.test(tail);
        return run.parts.length === 1 && !/^(?:19|20)/.test(tail) && isNear(cardWords, tokens, run.from - 4, run.from);
      });

    /** @param {Token[]} tokens @param {Run} run */
    const isPhone = (tokens, run) => {
      const { digits, parts, plus } = run;
      const lengths = parts.map((part) => part.length);
      if (plus) return digits.length >= 8 && digits.length <= 15;
      if (/^00[1-9]/.test(digits)) return digits.length >= 10 && digits.length <= 17;
      // Dates, with or without a time behind them.
      if (parts.length >= 3 && lengths.slice(0, 3).every((length, i) => length <= (i === 1 ? 2 : 4)) && parts.slice(0, 3).some((part) => /^(?:19|20)[0-9]{2}$/.test(part))) return false;
      if (groups.some((group) => group.starts.includes(digits[0] ?? "-") && group.digits.join() === lengths.join())) return true;
      const spoken = isNear(phoneWords, tokens, run.from - 6, run.from);
      if (digits.startsWith("0") && digits.length >= 9 && digits.length <= 12) return spoken || parts.length > 1;
      return spoken && digits.length >= 7 && digits.length <= 12;
    };

    /** @param {Token[]} tokens @param {Run[]} runs */
    const hasCode = (tokens, runs) => {
      const told = (/** @type {number} */ from, /** @type {number} */ to) => {
        for (let i = Math.max(0, from - 6); i < Math.min(tokens.length, to + 5); i += 1) {
          if ((i >= from && i <= to) || !phraseAt(codeWords, tokens, i)) continue;
          if (!isNear(notCodes, tokens, i - 2, i) && !isNear(notCodes, tokens, i + 1, i + 3)) return true;
        }
        return false;
      };
      if (runs.some(({ digits, parts, from, to }) => digits.length >= 4 && digits.length <= 8 && parts.length <= 2 && told(from, to))) return true;
      // Letters and digits in one: A7K9Q2.
      for (let i = 0; i < tokens.length; i += 1) {
        let [to, size, numbers, letters] = [i, tokens[i]?.text.length ?? 0, tokens[i]?.kind === "digits", tokens[i]?.kind === "word"];
        if (tokens[i]?.kind === "sign") continue;
        while (tokens[to + 1]?.gap === 0 && tokens[to + 1]?.kind !== "sign") {
          to += 1;
          size += tokens[to]?.text.length ?? 0;
          if (tokens[to]?.kind === "digits") numbers = true;
          else letters = true;
        }
        if (numbers && letters && size >= 6 && size <= 12 && told(i, to)) return true;
        i = to;
      }
      return false;
    };

    /** @param {string} text */
    const hasLink = (text) => {
      for (const [address] of text.matchAll(/https?:\/\/[^\s]{1,500}/gi)) {
        const low = address.toLowerCase();
        if (links.some((word) => low.includes(word))) return true;
      }
      return false;
    };

    /** @param {string} text */
    const hasMail = (text) => {
      for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
        let from = at;
        while (from > 0 && at - from < 64 && /[\p{L}0-9._%+-]/u.test(text[from - 1] ?? "")) from -= 1;
        const host = text.slice(at + 1, at + 120).split(/[^\p{L}0-9.-]/u, 1)[0]?.replace(/[.-]+$/, "") ?? "";
        const name = text.slice(from, at).toLowerCase();
        if (name && /^[^.].*\.\p{L}{2,}$/u.test(host) && !mailboxes.has(name)) return true;
      }
      return false;
    };

    /** @param {Token[]} tokens */
    const hasPostcode = (tokens) => {
      /** Letters and digits without a space, as `A9`. @param {number} i @returns {[string, number]} */
      const shapeAt = (i) => {
        let shape = "";
        let to = i;
        for (; to < tokens.length && (to === i || tokens[to]?.gap === 0) && tokens[to]?.kind !== "sign" && shape.length < 8; to += 1) {
          const { text, low, kind } = /** @type {Token} */ (tokens[to]);
          shape += kind === "digits" ? "9".repeat(text.length) : text === low ? "a".repeat(text.length) : "A".repeat(text.length);
        }
        return [shape, to];
      };
      for (let i = 0; i < tokens.length; i += 1) {
        if (tokens[i]?.kind === "sign" || (i > 0 && tokens[i]?.gap === 0 && tokens[i - 1]?.kind !== "sign")) continue;
        const [first, next] = shapeAt(i);
        if (tokens[next]?.gap !== 1 || tokens[next]?.kind === "sign") continue;
        if (regions.has(tokens[i]?.text ?? "") && next === i + 1 && /^[0-9]{5}$/.test(tokens[next]?.text ?? "")) return true;
        const [second, after] = shapeAt(next);
        const ends = tokens[after] === undefined || tokens[after]?.gap !== 0 || tokens[after]?.kind === "sign";
        if (ends && postcodes.has(`${first} ${second}`)) return true;
      }
      return false;
    };

    /** @param {Token[]} tokens */
    const hasBox = (tokens) => tokens.some((_token, i) => {
      const size = phraseAt(boxes, tokens, i);
      return size > 0 && [0, 1].some((skip) => tokens[i + size + skip]?.kind === "digits");
    });

    return {
      find(text) {
        const end = text.slice(-MAX_TEXT);
        if (!/[0-9@]/.test(end) && !hasLink(end)) return []; // whatever is looked for has a digit, an @ or a link
        const tokens = cut(end);
        const runs = runsOf(tokens);
        const card = hasCard(tokens, runs);
        /** @type {[DisclosureKind, boolean][]} */
        const found = [
          ["address", streets(tokens) || hasPostcode(tokens) || hasBox(tokens)],
          ["card", card],
          ["email", hasMail(end)],
          ["phone", runs.some((run) => !isCardNumber(run) && isPhone(tokens, run))],
          ["code", hasCode(tokens, runs) || hasLink(end)],
        ];
        return found.flatMap(([kind, is]) => (is ? [kind] : []));
      },
    };
  };

  CuelightContent.disclosures = Object.freeze({ compile });
})();
