-- Announcements that are where they belong; an outbox that is empty goes, so that a Cluster has few to look at.
-- KEYS: epoch, outbox. ARGV: epoch prefix, then their ids. Answers how many were still there.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local gone = redis.call('XDEL', KEYS[2], unpack(ARGV, 2))
if redis.call('XLEN', KEYS[2]) == 0 then redis.call('DEL', KEYS[2]) end
return gone
