-- A value that ends by itself: a delivery done, a note written. KEYS: epoch, key.
-- ARGV: epoch prefix, value, ttl, 'NX' to leave what is there (optional). Answers 1 if it was written.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if ARGV[4] and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return 1
