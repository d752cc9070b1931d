-- Everything of a customer but the chats, about to be moved to the tag of a newer hash key. From now on nothing is read or
-- written under this tag but by this script, so what it answers with stays as it is until it is removed.
-- KEYS: epoch, history, incidents, overflow, ledger, lock, views. ARGV: epoch prefix, ttl of the mark.
-- Answers with the time of an erasure ('' for none), then each key's content and what is left of its life (s).
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local tomb = redis.call('GET', tomb_key(KEYS[2])) or ''
local erased = sub(tomb, 1, 5) == 'moved' and sub(tomb, 7) or tomb
redis.call('SET', tomb_key(KEYS[2]), 'moved ' .. erased, 'EX', ARGV[2])
return {
  erased,
  redis.call('GET', KEYS[2]), redis.call('TTL', KEYS[2]),
  redis.call('HGETALL', KEYS[3]), redis.call('TTL', KEYS[3]),
  redis.call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES'), redis.call('TTL', KEYS[4]),
  redis.call('LRANGE', KEYS[5], 0, -1), redis.call('TTL', KEYS[5]),
  redis.call('GET', KEYS[6]) or '', redis.call('TTL', KEYS[6]),
  redis.call('HGETALL', KEYS[7]), redis.call('TTL', KEYS[7]),
}
