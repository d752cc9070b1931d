-- What was found out about a chat. KEYS: epoch, history, incidents, chat, outbox.
-- ARGV: epoch prefix, outcome, desk and account as named in chats, chat id, marks (byte), incident id or '',
--       incident, incident ttl, history ttl, what has to be in its place (see may_put_incident), outbox kept, announcements, then each.
-- Answers 0 if the chat is not recorded, 2 if the incident is another by now (nothing is written then), else 1.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
erased_at(KEYS[2])
local stored = redis.call('GET', KEYS[4])
if not stored then return 0 end
if ARGV[6] ~= '' and not may_put_incident(KEYS[3], ARGV[6], ARGV[7], ARGV[10]) then return 2 end
local outcome = ARGV[2]
local rest = sub(stored, 4 + byte(stored, 2) * 256 + byte(stored, 3))
local length = char(math.floor(#outcome / 256), #outcome % 256)
redis.call('SET', KEYS[4], sub(stored, 1, 1) .. length .. outcome .. rest, 'KEEPTTL')
journal(ARGV[3] .. ARGV[4])
local h = open(KEYS[2])
local entry = h.entries[find(h, {account = intern(h, ACCOUNT, row_head(0, #ARGV[3]) .. ARGV[3]), id = pack_id(ARGV[4])})]
if entry and not has(HIDDEN, entry.marks) then
  entry.marks, entry.marked = byte(ARGV[5]), true
  close(h, ARGV[9])
end
if ARGV[6] ~= '' then put_incident(KEYS[3], ARGV[6], ARGV[7], tonumber(ARGV[8])) end
announce(KEYS[5], ARGV[11], ARGV, 13, tonumber(ARGV[12]))
return 1
