// The disclosure guard's judgement under node's own test runner: what it finds, what it leaves alone, what it costs.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { computing_ms } from "./computing.mjs";
import { badWords } from "../../extension/background/guard_words.js";

Object.defineProperty(globalThis, "CuelightContent", { value: Object.create(null) });
const folder = new URL("../../extension/", import.meta.url);
const source = (name) => readFileSync(new URL(name, folder), "utf8");
for (const name of ["content/streets.js", "content/disclosures.js"]) (0, eval)(source(name));
const languages = readdirSync(new URL("guard/", folder)).map((name) => JSON.parse(source(`guard/${name}`)));
const guard = globalThis.CuelightContent.disclosures.compile(languages);
const cases = JSON.parse(readFileSync(new URL("guard_cases.json", import.meta.url), "utf8"));

test("what would be given away is found, in four languages", () => {
  const missed = Object.entries(cases).flatMap(([kind, texts]) => (kind === "none" ? [] : texts.filter((text) => !guard.find(text).includes(kind)).map((text) => [kind, text, guard.find(text)])));
  assert.deepEqual(missed, []);
});

test("what agents write all day is left alone", () => {
  const alarms = cases.none.filter((text) => guard.find(text).length).map((text) => [text, guard.find(text)]);
  assert.deepEqual(alarms, []);
});

test("each thing is found as what it is, and as nothing else but an address in a signature", () => {
  const odd = Object.entries(cases).flatMap(([kind, texts]) => (kind === "none" ? [] : texts.flatMap((text) => guard.find(text).filter((found) => found !== kind).map((found) => [text, kind, found]))));
  assert.deepEqual(odd, []);
});

test("card numbers need their check sum", () => {
  assert.deepEqual(guard.find("the number is 4242 4242 4242 4242"), ["card"]);
  assert.deepEqual(guard.find("the number is 4242 4242 4242 4241"), []);
  assert.deepEqual(guard.find("it is 4242-4242-4242-4242 for you"), ["card"]);
});

test("any text costs no more than its end", () => {
  const hostile = ["1 ".repeat(50_000), "a@".repeat(50_000), "12 Oak ".repeat(20_000), "+1-".repeat(40_000), "calle ".repeat(30_000), "https://".repeat(20_000), "Straße".repeat(30_000), "9".repeat(100_000), "@a.".repeat(40_000), "code 1a".repeat(20_000), "\u0301".repeat(100_000), "(((((1".repeat(20_000)];
  guard.find(hostile[0]);
  for (const text of hostile) assert.ok(computing_ms(() => guard.find(text)) < 1000, text.slice(0, 12));
});

test("a language's words are refused where they are not words", () => {
  for (const words of languages) assert.equal(badWords(words), null);
  const cases = [
    [null, "guard"], [{ codes: [] }, "codes"], [{ boxes: "po box" }, "boxes"], [{ boxes: [""] }, "boxes"], [{ boxes: ["a".repeat(61)] }, "boxes"],
    [{ regions: Array(301).fill("AL") }, "regions"], [{ streets: [{ shape: "regex", words: ["(a+)+$"] }] }, "streets"], [{ streets: [{ shape: "suffix_number", words: [7] }] }, "streets"],
    [{ phone_groups: [{ digits: [3, "3"], starts: "2" }] }, "phone_groups"], [{ phone_groups: [{ digits: [3], starts: "x" }] }, "phone_groups"],
  ];
  for (const [value, wanted] of cases) assert.equal(badWords(value), wanted, JSON.stringify(value)?.slice(0, 60));
});
