-- How many customers bear a value, from its former name to the present one. KEYS: epoch, shares.
-- ARGV: epoch prefix, then former and present field of each.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
for at = 2, #ARGV, 2 do
  local count = redis.call('HGET', KEYS[2], ARGV[at])
  if count then
    redis.call('HDEL', KEYS[2], ARGV[at])
    redis.call('HINCRBY', KEYS[2], ARGV[at + 1], count)
  end
end
return 1
