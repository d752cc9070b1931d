-- Which customer a chat belongs to, on a Cluster. KEYS: epoch, pointer.
-- ARGV: epoch prefix, tag, ttl, the tag it led to when recalled ('' for none, '*' for whatever it is).
-- Answers 0, and writes nothing, if it leads elsewhere by now.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if ARGV[4] ~= '*' and (redis.call('GET', KEYS[2]) or '') ~= ARGV[4] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return 1
