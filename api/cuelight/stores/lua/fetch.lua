-- One string. KEYS: epoch, key. ARGV: epoch prefix.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
return redis.call('GET', KEYS[2])
