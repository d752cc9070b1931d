-- A customer's disclosure ledger: adds lines, answers with all of it, oldest first. KEYS: epoch, ledger.
-- ARGV: epoch prefix, how many lines are kept, ttl, then each new line.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
for at = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
if #ARGV > 3 then
  redis.call('LTRIM', KEYS[2], -tonumber(ARGV[2]), -1)
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return redis.call('LRANGE', KEYS[2], 0, -1)
