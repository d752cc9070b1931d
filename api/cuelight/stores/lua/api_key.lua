-- One API key by its secret's hash, or all. KEYS: epoch, keys. ARGV: epoch prefix, secret's hash (optional).
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if ARGV[2] then return redis.call('HGET', KEYS[2], ARGV[2]) end
return redis.call('HGETALL', KEYS[2])
