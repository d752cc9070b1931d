// Addresses cut into marked segments, under node's own test runner.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { computing_ms } from "./computing.mjs";
import { badField } from "../../extension/background/desk_check.js";

Object.defineProperty(globalThis, "CuelightContent", { value: Object.create(null) });
const source = (name) => readFileSync(new URL(`../../extension/${name}`, import.meta.url), "utf8");
for (const name of ["content/desk.js", "picker/address.js"]) (0, eval)(source(name));
const { address, desk } = globalThis.CuelightContent;
const UUID = "0b8f5a3e-7a55-4d5f-8a1e-1f6f6c1f7a11";
const ORIGIN = "https://desk.example.com";

/** What is guessed for an address of an open chat. */
const CASES = [
  ["/helpdesk/accounts/7/inbox/3/chats/4711", "/helpdesk/accounts/{account}/inbox/{*}/chats/{chat_id}"],
  ["/app/accounts/acme/conversations/44?messageId=3", "/app/accounts/{account}/conversations/{chat_id}"],
  ["/agent/tickets/312/", "/agent/tickets/{chat_id}"],
  [`/inboxes/teams/3/conversation/${UUID}`, "/inboxes/teams/{*}/conversation/{chat_id}"],
  [`/website/${UUID}/inbox/session_5f3a21`, "/website/{account}/inbox/{chat_id}"],
  ["/site_admin/#/chat-id-7", "/site_admin#/chat-id-{chat_id}"],
  ["/desk#/inbox/mine/thread/880011?tab=notes", "/desk#/inbox/mine/thread/{chat_id}"],
  ["/chats/PJ0MRSHTDG/K600PKZON8", "/chats/{chat_id}/{*}"],
  ["/v2/live/880011#top", "/v2/live/{chat_id}"],
  ["/2026/tickets/18", "/{*}/tickets/{chat_id}"],
  ["/scp/tickets.php?id=4711&tab=notes", "/scp/tickets.php?id={chat_id}&tab=notes"],
  ["/index.pl?Action=AgentTicketZoom;TicketID=88", "/index.pl?Action=AgentTicketZoom&TicketID={chat_id}"],
  ["/1/view?account_id=7&conversationId=55&page=3", "/{*}/view?account_id={account}&conversationId={chat_id}"],
  ["/inbox/view?ticket=TT-77#/notes", "/inbox/view?ticket=TT-{chat_id}"],
];

test("the id and the account are guessed from the address", () => {
  for (const [path, wanted] of CASES) {
    const cut = address.cut(ORIGIN + path);
    assert.equal(address.template(cut), ORIGIN + wanted, path);
  }
});

test("where nothing looks like an id, none is guessed", () => {
  for (const path of ["/", "/inbox", "/conversations/open", "/chats/new", "/reports/v2", "/tickets/..", "/accounts/12", "/inbox?page=2", "/inbox?ticket=new"]) {
    assert.equal(address.named(address.cut(ORIGIN + path), "chat_id"), "", path);
  }
  for (const wrong of ["", "desk", "ftp://desk.example.com/chats/1", "https://sam:secret@desk.example.com/chats/1", `${ORIGIN}/{chat_id}`, `${ORIGIN}/${"1/".repeat(40)}`, `${ORIGIN}/chats/${"1".repeat(3000)}`]) {
    assert.equal(address.cut(wrong), null, wrong);
  }
});

test("what is guessed is a desk's address, and finds the chat it was guessed from", () => {
  for (const [path] of CASES) {
    const url = new URL(ORIGIN + path);
    const cut = address.cut(url.href);
    const [rest, hash] = address.template(cut).slice(ORIGIN.length).split("#");
    const [own, search] = rest.split("?");
    const query = search && Object.fromEntries(search.split("&").map((pair) => pair.split("=")));
    const made = { desk: "own", name: "Own", matches: [cut.match], ...(rest.includes("{account}") ? {} : { account: "main" }), urls: [{ path: own, ...(query ? { query } : {}), ...(hash ? { hash } : {}) }], anchors: [] };
    assert.equal(badField(made), null, path);
    assert.equal(desk.locate(made, url)?.chat_id, address.named(cut, "chat_id"), path);
  }
});

test("a person's marks are kept on the next address of the same shape, and only there", () => {
  const known = address.cut(`${ORIGIN}/desk/mine/77/chats/4711`);
  known.parts[1].mark = "any";
  const next = address.like(address.cut(`${ORIGIN}/desk/all/78/chats/12`), known);
  assert.equal(address.template(next), `${ORIGIN}/desk/{*}/{*}/chats/{chat_id}`);
  for (const other of ["/other/all/78/chats/12", "/desk/all/chats/12", "/desk/all/78#/12", "/desk/all/78/chats/12?ticket=3"]) {
    const cut = address.cut(ORIGIN + other);
    assert.deepEqual(address.like(cut, known), cut, other);
  }
});

test("no address takes long", () => {
  const hostile = ["a-".repeat(900), "a_1-".repeat(450), "chat-".repeat(400), `${"A".repeat(1900)}1`, "-1".repeat(950)];
  for (const piece of hostile) assert.ok(computing_ms(() => address.cut(`${ORIGIN}/chats/${piece}`)) < 1000, piece.slice(0, 12));
});
