-- The book of policies, if it still is what its writer read; with it versions to keep and to drop, and announcements.
-- KEYS: epoch, book, heads, documents, outbox. ARGV: epoch prefix, the book it must be ('' for none), the book it shall
-- be, its revision, outbox kept, then each with its number in front: versions (name, head, document), names to drop,
-- announcements. 1 if done.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if (redis.call('HGET', KEYS[2], '=') or '') ~= ARGV[2] then return 0 end
local at = 6
local added = tonumber(ARGV[at])
for i = 0, added - 1 do
  local version, head, document = ARGV[at + 1 + 3 * i], ARGV[at + 2 + 3 * i], ARGV[at + 3 + 3 * i]
  -- A version never changes: the first document of a name is the only one.
  if redis.call('HSETNX', KEYS[4], version, document) == 1 then redis.call('HSET', KEYS[3], version, head) end
end
at = at + 1 + 3 * added
local dropped = tonumber(ARGV[at])
for i = 1, dropped do
  redis.call('HDEL', KEYS[3], ARGV[at + i])
  redis.call('HDEL', KEYS[4], ARGV[at + i])
end
at = at + 1 + dropped
announce(KEYS[5], ARGV[5], ARGV, at + 1, tonumber(ARGV[at]))
redis.call('HSET', KEYS[2], '=', ARGV[3], '#', ARGV[4])
return 1
