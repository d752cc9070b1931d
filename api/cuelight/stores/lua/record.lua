-- A decision, once: the chat, its entry in the history, its announcements; nothing if it is recorded already.
-- KEYS: epoch, history, overflow, chat, outbox, pointer (on a single server; on a Cluster point.lua ran before)
-- ARGV: epoch prefix, tag, version byte, digest and rest of the chat, length of the digest, replace (1/0),
--       history ttl, chat ttl, outbox kept, time of the chat (microseconds),
--       announcements, then each, then entries (0/1), then its message
-- Answers with the chat as it stood, if that is of the same digest; 0 if the customer was erased after it; else nothing.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if tonumber(ARGV[10]) <= erased_at(KEYS[2]) then return 0 end
if KEYS[6] then redis.call('SET', KEYS[6], ARGV[2], 'EX', ARGV[8]) end
local chat, digest_length = ARGV[4], tonumber(ARGV[5])
local outcome = '\0\0'
local stored = redis.call('GET', KEYS[4])
if stored then
  local outcome_end = 3 + byte(stored, 2) * 256 + byte(stored, 3)
  local same = sub(stored, outcome_end + 1, outcome_end + digest_length) == sub(chat, 1, digest_length)
  if same and ARGV[6] == '0' then return stored end
  outcome = sub(stored, 2, outcome_end)
end
redis.call('SET', KEYS[4], ARGV[3] .. outcome .. chat, 'EX', ARGV[8])
local announced = tonumber(ARGV[11])
announce(KEYS[5], ARGV[9], ARGV, 12, announced)
local at = 12 + announced
if ARGV[at] == '1' then
  local h = open(KEYS[2])
  local name, value = receive(h, ARGV, at + 1)
  put(h, {key = KEYS[3], ttl_s = ARGV[8]}, name, value)
  close(h, ARGV[7])
end
return false
