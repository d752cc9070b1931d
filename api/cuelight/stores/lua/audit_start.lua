-- The mark where the audit log starts, moved if it is as its writer saw it. KEYS: epoch, log, mark.
-- ARGV: epoch prefix, mark that was read ('' for none), mark to write, its number: entries below it go. 1 if done.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if (redis.call('GET', KEYS[3]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[3], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[4])
return 1
