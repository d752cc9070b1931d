-- Counts one more. KEYS: epoch, count. ARGV: epoch prefix, how many at most, seconds the count lives after the last.
-- Answers 1, or 0 if it is one too many; then it is not counted.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[2]) then return 0 end
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
