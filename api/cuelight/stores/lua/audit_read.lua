-- Entries of the audit log, each followed by the number it is kept under. KEYS: epoch, log, mark where it starts.
-- ARGV: epoch prefix, 'newest' or 'oldest' (first), lowest and highest number (as ZRANGEBYSCORE takes them), how many.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if ARGV[2] == 'newest' then
  return redis.call('ZREVRANGEBYSCORE', KEYS[2], ARGV[4], ARGV[3], 'WITHSCORES', 'LIMIT', 0, ARGV[5])
end
return redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[3], ARGV[4], 'WITHSCORES', 'LIMIT', 0, ARGV[5])
