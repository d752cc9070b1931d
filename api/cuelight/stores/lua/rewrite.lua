-- A value in the spelling of a newer schema, if it is still the one that was read. KEYS: epoch, key.
-- ARGV: epoch while migrating, shape, field or index, value as read, new value. Answers 1 if it was replaced.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local shape, place, before, after = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if shape == 'string' then
  if redis.call('GET', KEYS[2]) ~= before then return 0 end
  redis.call('SET', KEYS[2], after, 'KEEPTTL')
elseif shape == 'hash' then
  if redis.call('HGET', KEYS[2], place) ~= before then return 0 end
  redis.call('HSET', KEYS[2], place, after)
else
  if redis.call('LINDEX', KEYS[2], place) ~= before then return 0 end
  redis.call('LSET', KEYS[2], place, after)
end
return 1
