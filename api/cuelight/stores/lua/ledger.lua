-- A customer's disclosure ledger: adds lines, answers with all of it, oldest first. KEYS: epoch, ledger.
-- ARGV: epoch prefix, how many lines are kept, ttl, then each new line.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local tomb = redis.call('GET', 'cl:t' .. string.sub(KEYS[1], 9) .. ':' .. redis.sha1hex(string.match(KEYS[2], '{(.*)}')))
if tomb and string.sub(tomb, 1, 5) == 'moved' then return redis.error_reply('REKEYED') end
local added = 0
for at = 4, #ARGV do
  -- A line from before the customer was erased (bytes 2 to 9: its time) is left out.
  local time = 0
  for i = 2, 9 do time = time * 256 + string.byte(ARGV[at], i) end
  if time > tonumber(tomb or 0) then
    redis.call('RPUSH', KEYS[2], ARGV[at])
    added = added + 1
  end
end
if added > 0 then
  redis.call('LTRIM', KEYS[2], -tonumber(ARGV[2]), -1)
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return redis.call('LRANGE', KEYS[2], 0, -1)
