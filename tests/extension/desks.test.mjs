// The built-in desks under node's own test runner: which addresses name which chat, and which name none.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { badField, covers, deskOf, unmistakable } from "../../extension/background/desk_check.js";

Object.defineProperty(globalThis, "CuelightContent", { value: Object.create(null) });
const folder = new URL("../../extension/", import.meta.url);
const source = (name) => readFileSync(new URL(name, folder), "utf8");
(0, eval)(source("content/desk.js"));
const { locate, match } = globalThis.CuelightContent.desk;
const desks = Object.fromEntries(
  readdirSync(new URL("desks/", folder))
    .filter((name) => name !== "schema.json")
    .map((name) => [name.replace(".json", ""), JSON.parse(source(`desks/${name}`))]),
);

/** By desk: the address's rest after its host, and `account/chat_id`, or null. */
const HOSTS = { zendesk: "acme.zendesk.com", freshdesk: "acme.freshdesk.com", intercom: "app.eu.intercom.com", crisp: "app.crisp.chat", hubspot: "app.hubspot.com", livechat: "my.livechatinc.com" };
const UUID = "0b8f5a3e-7a55-4d5f-8a1e-1f6f6c1f7a11";
const ADDRESSES = {
  live_helper_chat: [
    ["/site_admin/#/chat-id-7", "main/7"], ["/site_admin/#chat-id-7", "main/7"], ["/lhc/index.php/ger/site_admin#/chat-id-12", "main/12"],
    ["/index.php/site_admin/chat/single/9", "main/9"], ["/chat/single/9", "main/9"], ["/#/chat-id-3?x=1", "main/3"],
    ["/site_admin/#/online-users", null], ["/site_admin/", null], ["/site_admin/chat/list", null], ["/#/chat-id-", null], ["/#/chat-id-7/notes", null],
  ],
  libredesk: [
    [`/inboxes/assigned/conversation/${UUID}`, `main/${UUID}`], [`/inboxes/all/conversation/${UUID}/`, `main/${UUID}`],
    [`/inboxes/teams/3/conversation/${UUID}`, `main/${UUID}`], [`/inboxes/teams/3/unassigned/conversation/${UUID}`, `main/${UUID}`],
    [`/inboxes/views/8/conversation/${UUID}`, `main/${UUID}`],
    ["/inboxes/assigned", null], ["/inboxes/teams/3", null], [`/contacts/${UUID}`, null], ["/reports/overview", null],
  ],
  chatwoot: [
    ["/app/accounts/1/conversations/44", "1/44"], ["/app/accounts/2/conversations/44", "2/44"], ["/app/accounts/1/inbox/5/conversations/44", "1/44"],
    ["/app/accounts/1/label/vip/conversations/44", "1/44"], ["/app/accounts/1/team/2/conversations/44", "1/44"],
    ["/app/accounts/1/custom_view/9/conversations/44", "1/44"], ["/app/accounts/1/mentions/conversations/44", "1/44"],
    ["/app/accounts/1/unattended/conversations/44", "1/44"], ["/app/accounts/1/participating/conversations/44?messageId=3", "1/44"],
    ["/app/accounts/1/dashboard", null], ["/app/accounts/1/conversations", null], ["/app/accounts/1/contacts/44", null], ["/app/accounts/1/reports/conversations/44", null],
  ],
  zendesk: [
    ["/agent/tickets/312", "acme/312"], ["/agent/tickets/312/", "acme/312"], ["/agent/tickets/new/1", null], ["/agent/dashboard", null],
    ["/agent/filters/36", null], ["/agent/users/4/requested_tickets", null], ["/tickets/312", null],
  ],
  intercom: [
    ["/a/inbox/ab12cd/inbox/shared/all/conversation/99001", "ab12cd/99001"], ["/a/inbox/ab12cd/inbox/admin/77/conversation/99001?view=List", "ab12cd/99001"],
    ["/a/inbox/ab12cd/inbox/conversation/99001", "ab12cd/99001"], ["/a/inbox/ab12cd/inbox/shared/all", null], ["/a/apps/ab12cd/users", null],
  ],
  livechat: [["/chats/PJ0MRSHTDG/K600PKZON8", "main/PJ0MRSHTDG"], ["/chats", null], ["/archives/PJ0MRSHTDG", null], ["/archives/PJ0MRSHTDG/K600PKZON8", null], ["/customers", null]],
  crisp: [
    [`/website/${UUID}/inbox/session_5f3a`, `${UUID}/session_5f3a`], [`/website/${UUID}/inbox/`, null], [`/website/${UUID}/inbox/other_5f3a`, null],
    [`/website/${UUID}/contacts/session_5f3a`, null],
  ],
  hubspot: [["/live-messages/4455/inbox/880011", "4455/880011"], ["/live-messages/4455/inbox/880011#email", "4455/880011"], ["/live-messages/4455/inbox", null], ["/contacts/4455/record/0-1/880011", null]],
  freshdesk: [["/a/tickets/18", "acme/18"], ["/a/tickets/18?x=1", "acme/18"], ["/a/tickets/filters/unresolved", null], ["/a/dashboard/default", null], ["/a/tickets/new/1", null], ["/a/tickets/new", null]],
};

test("each desk's addresses name the chats they should", () => {
  for (const [name, cases] of Object.entries(ADDRESSES)) {
    for (const [rest, wanted] of cases) {
      const found = locate(desks[name], new URL(`https://${HOSTS[name] ?? "desk.example"}${rest}`));
      assert.equal(found && `${found.account}/${found.chat_id}`, wanted, `${name} ${rest}`);
      if (found) assert.equal(found.desk, name);
    }
  }
});

test("every built-in desk has addresses here, and passes its own check", () => {
  const built = Object.keys(desks).filter((name) => !["sample", "generic"].includes(name));
  assert.deepEqual(built.sort(), Object.keys(ADDRESSES).sort());
  for (const [name, desk] of Object.entries(desks)) assert.equal(badField(desk), null, name);
});

test("a hosted desk's pages are covered by its own patterns, and look-alikes are not", () => {
  for (const [name, host] of Object.entries(HOSTS)) {
    const at = (address) => desks[name].matches.some((pattern) => covers(pattern, address));
    const rest = ADDRESSES[name].find(([, wanted]) => wanted)[0];
    assert.ok(at(`https://${host}${rest}`), name);
    for (const wrong of [`http://${host}${rest}`, `https://${host}.evil.example${rest}`, `https://evil-${host.split(".").slice(1).join(".")}${rest}`]) assert.ok(!at(wrong), wrong);
  }
});

test("other hosts' look-alike addresses name no account", () => {
  for (const host of ["zendesk.com", "a.b.zendesk.com", "acme.zendesk.com.evil.example", "acme-zendesk.com"]) {
    assert.equal(locate(desks.zendesk, new URL(`https://${host}/agent/tickets/3`)), null, host);
  }
});

test("{**} takes any number of segments, once, at no more than the address's length", () => {
  assert.deepEqual({ ...match("/a/{**}/c/{chat_id}", "/a/c/1") }, { chat_id: "1" });
  assert.deepEqual({ ...match("/a/{**}/c/{chat_id}", "/a/x/y/z/c/1") }, { chat_id: "1" });
  assert.equal(match("/a/{**}/c/{chat_id}", "/a/1"), null);
  assert.equal(match("/a/{**}/c/{chat_id}", `/a/${"d/".repeat(900)}`), null);
  assert.equal(badField({ ...desks.generic, urls: [{ path: "/{**}/x/{**}/{chat_id}" }] }), "urls");
});

const install = { desk: "chatwoot", match: "https://chat.example.com/*" };
test("a self-hosted desk runs where the company says, and nowhere by itself", () => {
  const builtIn = Object.values(desks);
  for (const desk of builtIn) if (desk.self_hosted) assert.deepEqual(desk.matches, [], desk.desk);
  assert.deepEqual(deskOf(builtIn, install)?.matches, ["https://chat.example.com/*"]);
  for (const wrong of [{ ...install, match: "<all_urls>" }, { ...install, match: "file:///*" }, { ...install, desk: "zendesk" }, { ...install, desk: "nothing" }, { ...install, account: "a b" }, { ...install, script: "x" }, { desk: "chatwoot" }, null, "chatwoot"]) {
    assert.equal(deskOf(builtIn, wrong), null, JSON.stringify(wrong));
  }
});

test("two installations of one desk keep their chats apart, or the second is not used", () => {
  const builtIn = Object.values(desks);
  const at = (more) => deskOf(builtIn, { ...install, ...more });
  const eu = at({ match: "https://eu.example.com/*", account: "eu-{account}" });
  assert.equal(locate(eu, new URL("https://eu.example.com/app/accounts/1/conversations/44")).account, "eu-1");
  assert.equal(unmistakable([at({}), eu]).length, 2);
  assert.equal(unmistakable([at({}), at({ match: "https://other.example.com/*" })]).length, 1);
  assert.equal(at({ account: "{account}{account}" }), null);
  assert.equal(deskOf(builtIn, { desk: "libredesk", match: "https://a.example/*", account: "eu-{account}" }), null, "its addresses name no account");
});

test("fields that a desk file may not have are refused by name", () => {
  const zendesk = desks.zendesk;
  const cases = [
    [{ pane: { ...zendesk.pane, when_missing: "green" } }, "pane"],
    [{ selected: { selector: "a", attribute: "on click" } }, "selected"],
    [{ selected: { selector: "a".repeat(201), attribute: "id" } }, "selected"],
    [{ composers: "textarea" }, "composers"],
    [{ composers: Array(21).fill("textarea") }, "composers"],
    [{ anchors: [{ selector: "a", place: "append", pick: "all" }] }, "anchors"],
    [{ urls: [{ path: "/{chat_id}", starts: 3 }] }, "urls"],
    [{ urls: [{ path: "/{account}/{chat_id}", digits: "yes" }] }, "urls"],
    [{ self_hosted: "yes" }, "self_hosted"],
    [{ account: "{account}{account}" }, "account"],
    [{ account: "" }, "account"],
  ];
  for (const [change, wanted] of cases) assert.equal(badField({ ...zendesk, ...change }), wanted, JSON.stringify(change));
});
