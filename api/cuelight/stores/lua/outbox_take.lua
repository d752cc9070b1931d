-- The oldest announcements; they stay. KEYS: epoch, outbox. ARGV: epoch prefix, how many.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
return redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[2])
