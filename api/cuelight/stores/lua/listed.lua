-- The chats a customer is known to have: the history and what fell out of it. KEYS: epoch, history, overflow.
-- ARGV: epoch prefix.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local tomb = redis.call('GET', 'cl:t' .. string.sub(KEYS[1], 9) .. ':' .. redis.sha1hex(string.match(KEYS[2], '{(.*)}')))
if tomb and string.sub(tomb, 1, 5) == 'moved' then return redis.error_reply('REKEYED') end
return {redis.call('GET', KEYS[2]), redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')}
