-- Which customer a chat belongs to, on a Cluster. KEYS: epoch, pointer. ARGV: epoch prefix, tag, ttl.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
return redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
