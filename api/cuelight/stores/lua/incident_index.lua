-- Whose an incident is, for lists over all customers. KEYS: epoch, incidents by time, tags by incident.
-- ARGV: epoch prefix, incident id, tag, time (milliseconds), how many are kept, ttl.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
if over > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], over)
  for i = 1, #gone, 2 do redis.call('HDEL', KEYS[3], gone[i]) end
end
for i = 2, 3 do
  if redis.call('TTL', KEYS[i]) < tonumber(ARGV[6]) then redis.call('EXPIRE', KEYS[i], ARGV[6]) end
end
return 1
