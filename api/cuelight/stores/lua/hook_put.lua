-- A hook by its id: written, or removed where none is given. KEYS: epoch, hooks. ARGV: epoch prefix, id, hook (optional).
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if ARGV[3] then return redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
return redis.call('HDEL', KEYS[2], ARGV[2])
