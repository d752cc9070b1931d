-- Counts one message of a collector's minute. KEYS: epoch, minute. ARGV: epoch prefix, sender, bound of a sender,
-- bound of the key, seconds to live. Answers 1, or 0 if it is one too many; then it is not counted.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if tonumber(redis.call('HGET', KEYS[2], '') or 0) >= tonumber(ARGV[4]) then return 0 end
if tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or 0) >= tonumber(ARGV[3]) then return 0 end
redis.call('HINCRBY', KEYS[2], '', 1)
redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
