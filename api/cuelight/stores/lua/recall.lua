-- History, incidents and one chat of a customer. KEYS: epoch, history, incidents, chat. ARGV: epoch prefix.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local tomb = redis.call('GET', 'cl:t' .. string.sub(KEYS[1], 9) .. ':' .. redis.sha1hex(string.match(KEYS[2], '{(.*)}')))
if tomb == 'moved' then return redis.error_reply('REKEYED') end
return {
  redis.call('GET', KEYS[2]),
  redis.call('HGETALL', KEYS[3]),
  redis.call('GET', KEYS[4]),
}
