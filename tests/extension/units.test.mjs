// The pure parts, under node's own test runner: desk templates, life times, what counts as a well-formed answer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { computing_ms } from "./computing.mjs";
import { createClient } from "../../extension/background/api.js";
import { readBody } from "../../extension/background/read.js";
import { badField, covers } from "../../extension/background/desk_check.js";

Object.defineProperty(globalThis, "CuelightContent", { value: Object.create(null) });
const source = (name) => readFileSync(new URL(`../../extension/${name}`, import.meta.url), "utf8");
for (const name of ["content/desk.js", "content/guard.js", "content/words.js"]) (0, eval)(source(name));
const { desk, guard, words } = globalThis.CuelightContent;
const sample = JSON.parse(source("desks/sample.json"));
const generic = JSON.parse(source("desks/generic.json"));

test("templates take ids out of addresses, segment by segment", () => {
  const cases = [
    ["/chats/{chat_id}", "/chats/7", { chat_id: "7" }],
    ["/chats/{chat_id}", "/chats/7/", { chat_id: "7" }],
    ["/chats/{chat_id}", "/chats/", null],
    ["/chats/{chat_id}", "/chats/7/notes", null],
    ["/app/accounts/{account}/{*}/conversations/{chat_id}", "/app/accounts/3/mentions/conversations/12", { account: "3", chat_id: "12" }],
    ["/inbox/session_{chat_id}", "/inbox/session_ab-12", { chat_id: "ab-12" }],
    ["/inbox/session_{chat_id}", "/inbox/session_", null],
    ["chat-id-{chat_id}", "chat-id-5", { chat_id: "5" }],
    ["/c/{chat_id}", "/c/%3Cimg%20onerror%3D1%3E", null],
    ["/c/{chat_id}", "/c/%E0%A4", null],
    ["/c/{chat_id}", "/c/a%2Fb", null],
    ["/c/{chat_id}", "/c/%2E%2E", null],
    ["/c/{chat_id}", "/c/a%40b", { chat_id: "a@b" }],
    ["/c/{chat_id}", `/c/${"a".repeat(129)}`, null],
  ];
  for (const [template, text, wanted] of cases) {
    const found = desk.match(template, text);
    assert.deepEqual(found && { ...found }, wanted, `${template} ~ ${text}`);
  }
});

test("a hostile address costs no more than its length", () => {
  assert.ok(computing_ms(() => desk.match("/{chat_id}/x{*}y/z", `/${"a/x".repeat(100_000)}`)) < 1000);
  assert.ok(computing_ms(() => desk.match("/c/{chat_id}", `/c/${"%41".repeat(300)}`)) < 1000);
});

test("the sample desk's chat is in the hash, and nothing else names one", () => {
  const at = (rest) => desk.locate(sample, new URL(`http://127.0.0.1:8000${rest}`));
  assert.deepEqual(at("/demo/desk#/chat/1004"), { desk: "sample", account: "demo", chat_id: "1004" });
  assert.deepEqual(at("/demo/desk/#/chat/1004?tab=notes"), { desk: "sample", account: "demo", chat_id: "1004" });
  for (const rest of ["/demo/desk", "/demo/desk#", "/demo/desk#/chat/", "/demo/desk?chat=1004", "/demo/other#/chat/1", "/demo/desk#/chat/1/2", "/demo/desk#/chat/__proto__/x"]) {
    assert.equal(at(rest), null, rest);
  }
});

test("a parameter names a chat where it stands once, whatever else stands beside it", () => {
  const own = { ...sample, account: "main", urls: [{ path: "/view", query: { page: "ticket", id: "T{chat_id}" } }] };
  const at = (rest) => desk.locate(own, new URL(`http://127.0.0.1:8000${rest}`))?.chat_id ?? null;
  for (const rest of ["/view?page=ticket&id=T7", "/view?id=T7;page=ticket", "/view/?a=b&id=T7&page=ticket&pid=T8#x", "/view?page=ticket&id=%547"]) {
    assert.equal(at(rest), rest.includes("%54") ? null : "7", rest);
  }
  const wrong = ["", "?id=T7", "?page=user&id=T7", "?page=ticket&id=7", "?page=ticket&id=T", "?page=ticket&id=T7&id=T8", "?page=ticket&id=T7&id=T7", "?page=ticket&id=T..%2F", `?page=ticket&id=T7&x=${"y".repeat(3000)}`];
  for (const search of wrong) assert.equal(at(`/view${search}`), null, search);
});

test("an answer's life is counted on the monotonic clock, and a wall clock can only shorten it", () => {
  const asked = { steady_ms: 5000, wall_ms: 1_000_000 };
  const life = guard.life(60, asked);
  const day_ms = 86_400_000;
  const cases = [
    [{ steady_ms: 5000, wall_ms: 1_000_000 }, false],
    [{ steady_ms: 64_999, wall_ms: 1_059_999 }, false],
    [{ steady_ms: 65_000, wall_ms: 1_060_000 }, true],
    [{ steady_ms: 65_000, wall_ms: 1_000_000 - day_ms }, true], // a clock set back helps nobody
    [{ steady_ms: 6000, wall_ms: 1_001_000 + day_ms }, true], // asleep, or set forward: not sure, so over
    [{ steady_ms: 6000, wall_ms: 1_001_000 - day_ms }, false],
  ];
  for (const [now, over] of cases) assert.equal(life.expired(now), over, JSON.stringify(now));
  assert.equal(life.left_ms({ steady_ms: 35_000, wall_ms: 1_030_000 }), 30_000);
  assert.equal(life.age_s({ steady_ms: 35_000, wall_ms: 1_030_000 }), 30);
  for (const ttl_s of [0, -1, NaN, undefined]) assert.equal(guard.life(ttl_s, asked).expired(asked), true);
});

test("questions are spaced by what the last answer was", () => {
  const failed = (reason, retry_after_s = null) => ({ ok: false, reason, retry_after_s });
  const pace = { idle: false, hidden: false, open_ms: 60_000 };
  const pause = (answer, failures, more = {}) => guard.pause_ms(answer, failures, { ...pace, ...more });
  assert.equal(pause({ ok: true }, 0), 1000);
  assert.equal(pause({ ok: true }, 0, { open_ms: 3000 }), 500);
  assert.equal(pause({ ok: true }, 0, { hidden: true }), 20_000);
  assert.equal(pause({ ok: true }, 0, { idle: true }), null);
  assert.equal(pause(failed("unreachable"), 3, { idle: true, hidden: true }), null);
  assert.equal(pause(failed("unreachable"), 1), 1000);
  assert.equal(pause(failed("unreachable"), 1, { open_ms: 3000 }), 1000);
  assert.equal(pause(failed("unreachable"), 1, { hidden: true }), 20_000);
  assert.equal(pause(failed("unreachable"), 50), 4000);
  assert.equal(pause(failed("rate_limited", 30), 1), 30_000);
  assert.equal(pause(failed("rate_limited", 90), 1, { hidden: true }), 90_000);
  assert.equal(pause(failed("rate_limited", 9999), 1), 120_000);
  assert.ok(pause(failed("rate_limited"), 4) > pause(failed("rate_limited"), 3));
  assert.equal(pause(failed("unauthorised"), 3), 10_000);
});

test("words fill places and never run anything", () => {
  const say = words({ a: { message: "$1 and $2" }, b: { message: "<b>$1</b>" } });
  assert.equal(say("a", "x", "$1"), "x and $1");
  assert.equal(say("b", "<img src=x>"), "<b><img src=x></b>");
  assert.equal(say("missing"), "missing");
  assert.equal(say("toString"), "toString");
});

test("match patterns cover what browsers say they cover", () => {
  const cases = [
    ["http://127.0.0.1/demo/desk*", "http://127.0.0.1:8000/demo/desk#/chat/1", true],
    ["http://127.0.0.1/demo/desk*", "http://127.0.0.1:8000/demo", false],
    ["http://127.0.0.1/demo/desk*", "https://127.0.0.1/demo/desk", false],
    ["https://*.zendesk.com/agent/*", "https://acme.zendesk.com/agent/tickets/1", true],
    ["https://*.zendesk.com/agent/*", "https://zendesk.com/agent/tickets/1", true],
    ["https://*.zendesk.com/agent/*", "https://notzendesk.com/agent/", false],
    ["https://*.zendesk.com/*", "https://acme.zendesk.com.evil.example/", false],
    ["*://desk.example/*/chat/*", "http://desk.example/a/chat/1", true],
    ["*://desk.example/*/chat/*", "ftp://desk.example/a/chat/1", false],
    ["https://desk.example/a", "https://desk.example/ab", false],
    ["https://desk.example/*", "not an address", false],
  ];
  for (const [pattern, address, wanted] of cases) assert.equal(covers(pattern, address), wanted, `${pattern} ~ ${address}`);
});

const deskCases = [
  ["the sample", sample, null],
  ["the generic one", generic, null],
  ["no list of urls", { ...sample, urls: [] }, "urls"],
  ["no chat in the urls", { ...sample, urls: [{ path: "/chat" }] }, "urls"],
  ["an unknown placeholder", { ...sample, urls: [{ path: "/{chat}" }] }, "urls"],
  ["no parameter", { ...sample, urls: [{ path: "/chat", query: {} }] }, "urls"],
  ["a list of parameters", { ...sample, urls: [{ path: "/{chat_id}", query: ["x"] }] }, "urls"],
  ["a parameter without a value", { ...sample, urls: [{ path: "/{chat_id}", query: { x: "" } }] }, "urls"],
  ["a parameter that takes several", { ...sample, urls: [{ path: "/{chat_id}", query: { x: "{**}" } }] }, "urls"],
  ["a parameter's name with a sign", { ...sample, urls: [{ path: "/{chat_id}", query: { "x=y": "z" } }] }, "urls"],
  ["two placeholders in a segment", { ...sample, urls: [{ path: "/{chat_id}{account}" }] }, "urls"],
  ["an unclosed placeholder", { ...sample, urls: [{ path: "/{chat_id" }] }, "urls"],
  ["no account anywhere", { ...sample, account: undefined }, "account"],
  ["an unknown field", { ...sample, script: "alert(1)" }, "desk"],
  ["code with capitals", { ...sample, desk: "Sample" }, "desk"],
  ["a match for every page", { ...sample, matches: ["<all_urls>"] }, "matches"],
  ["a match for files", { ...sample, matches: ["file:///*"] }, "matches"],
  ["a selector of 201 characters", { ...sample, anchors: [{ selector: "a".repeat(201), place: "append" }] }, "anchors"],
  ["an unknown place", { ...sample, anchors: [{ selector: "a", place: "replace" }] }, "anchors"],
  ["an attribute that is none", { ...sample, pane: { selector: "a", attribute: "on click" } }, "pane"],
  ["a list too long", { ...sample, anchors: Array(21).fill({ selector: "a", place: "append" }) }, "anchors"],
  ["nothing", null, "desk"],
  ["a text", "desk", "desk"],
];
test("desk data is refused by the field that is wrong", () => {
  for (const [name, value, wanted] of deskCases) {
    const plain = value && typeof value === "object" ? JSON.parse(JSON.stringify(value)) : value;
    assert.equal(badField(plain), wanted, name);
  }
});

const chat = { desk: "sample", account: "demo", chat_id: "7" };
const body = { chat, cue: "green", reasons: [], not_assessed: [], advice: [], would_be: null, incident: null, outcome: null, scored_at: null, ttl_s: 60 };
const options = () => ({ signal: new AbortController().signal, timeout_ms: 300 });
const clientOf = (answer) => createClient({ server: "http://127.0.0.1:1/", key: "k", fetch: answer });
const json = (value, status = 200, headers = {}) => new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json", ...headers } });

test("only a whole answer is read, and only what is known of it", () => {
  assert.deepEqual(readBody({ ...body, extra: 1 }), body);
  assert.equal(readBody({ ...body, ttl_s: 99_999 }).ttl_s, 300);
  for (const wrong of [{ cue: "blue" }, { cue: "__proto__" }, { ttl_s: 0 }, { ttl_s: "60" }, { ttl_s: null }, { reasons: {} }, { reasons: [{ code: "a" }] }, { reasons: [null] }, { chat: null }, { advice: [[]] }, { would_be: { cue: "x" } }]) {
    assert.throws(() => readBody({ ...body, ...wrong }), JSON.stringify(wrong));
  }
});

test("chat ids never leave their place in the address", async () => {
  let asked = "";
  const client = clientOf(async (url) => {
    asked = String(url);
    return json(body);
  });
  await client.cue({ desk: "a/b", account: "../c", chat_id: "7?x=1#y" }, options());
  assert.equal(asked, "http://127.0.0.1:1/cues/a%2Fb/..%2Fc/7%3Fx%3D1%23y");
  assert.equal((await client.cue({ ...chat, chat_id: ".." }, options())).reason, "refused");
});

test("whatever happens, the client answers", async () => {
  const cases = [
    [async () => json(body), "ok"],
    [async () => json({ ...body, chat: { ...chat, chat_id: "8" } }), "wrong_chat"],
    [async () => json({ ...body, chat: { ...chat, account: "other" } }), "wrong_chat"],
    [async () => new Response(null, { status: 304 }), "malformed"],
    [async () => new Response("{", { headers: { "Content-Type": "application/json" } }), "not_cuelight"],
    [async () => new Response("<p>", { headers: { "Content-Type": "text/html" } }), "not_cuelight"],
    [async () => json("x".repeat(70_000)), "not_cuelight"],
    [async () => json({ code: "gone" }, 410), "refused"],
    [async () => Promise.reject(new TypeError("Failed to fetch")), "unreachable"],
    [(_url, { signal }) => new Promise((_done, fail) => signal.addEventListener("abort", () => fail(signal.reason))), "timed_out"],
  ];
  for (const [answer, wanted] of cases) {
    const got = await clientOf(answer).cue(chat, options());
    assert.equal(got.ok ? "ok" : got.reason, wanted);
  }
});

test("Retry-After is read in both of its forms", async () => {
  const limited = async (value) => (await clientOf(async () => json({ code: "x" }, 429, { "Retry-After": value })).cue(chat, options())).retry_after_s;
  assert.equal(await limited("7"), 7);
  assert.ok((await limited(new Date(Date.now() + 30_000).toUTCString())) >= 28);
  assert.equal(await limited("soon"), null);
});

test("an unchanged answer is asked for by its tag, and a 304 brings it back", async () => {
  const seen = [];
  const client = clientOf(async (_url, { headers }) => {
    seen.push(headers["If-None-Match"]);
    return seen.length === 1 ? json(body, 200, { ETag: '"a"' }) : new Response(null, { status: 304 });
  });
  await client.cue(chat, options());
  assert.deepEqual(await client.cue(chat, options()), { ok: true, body });
  assert.deepEqual(seen, [undefined, '"a"']);
});
