-- A decision, once: the chat, its entry in the history, its announcements; nothing if it is recorded already.
-- KEYS: epoch, history, overflow, chat, outbox, pointer (on a single server; on a Cluster point.lua ran before)
-- ARGV: epoch prefix, tag, version byte, digest and rest of the chat, length of the digest, replace (1/0),
--       history ttl, chat ttl, outbox kept, the chat's time,
--       the tag it was recalled under ('' for none, '*' for whatever it is), the digest recalled ('' for none),
--       announcements, then each, then entries (0/1), then its message
-- Answers with the chat as it stood, if that is of the same digest; 1 if it is not as recalled; 0 if the customer was
-- erased after it; else nothing.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if tonumber(ARGV[10]) <= erased_at(KEYS[2]) then return 0 end
local tag, chat, digest_length, replace = ARGV[2], ARGV[4], tonumber(ARGV[5]), ARGV[6] == '1'
local function digest_of(stored)
  local at = 4 + byte(stored, 2) * 256 + byte(stored, 3)
  return sub(stored, at, at + byte(stored, at))
end
local stored = redis.call('GET', KEYS[4])
-- Whom the chat belongs to now; on a Cluster, where the pointer is out of reach, as it was recalled.
local owner = ARGV[11] ~= '*' and ARGV[11] or ''
if KEYS[6] then owner = redis.call('GET', KEYS[6]) or '' end
local here = owner == '' or owner == tag
if stored and here and not replace and digest_of(stored) == sub(chat, 1, digest_length) then return stored end
if ARGV[11] ~= '*' then
  if owner ~= ARGV[11] then return 1 end
  local before = stored
  -- A key that is not declared: a single server allows it. On a Cluster the caller compared what lies elsewhere.
  if not here then before = KEYS[6] and redis.call('GET', 'cl:c:{' .. owner .. '}:' .. sub(KEYS[4], #tag + 9)) end
  if (here or KEYS[6]) and (before and digest_of(before) or '') ~= ARGV[12] then return 1 end
end
if KEYS[6] and not replace then redis.call('SET', KEYS[6], tag, 'EX', ARGV[8]) end
local outcome = '\0\0'
if stored then outcome = sub(stored, 2, 3 + byte(stored, 2) * 256 + byte(stored, 3)) end
redis.call('SET', KEYS[4], ARGV[3] .. outcome .. chat, 'EX', ARGV[8])
journal(sub(KEYS[4], #tag + 9))
local announced = tonumber(ARGV[13])
announce(KEYS[5], ARGV[9], ARGV, 14, announced)
local at = 14 + announced
if ARGV[at] == '1' then
  local h = open(KEYS[2])
  put(h, {key = KEYS[3], ttl_s = ARGV[8]}, (receive(h, ARGV, at + 1)))
  close(h, ARGV[7])
end
return false
