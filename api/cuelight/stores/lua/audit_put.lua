-- An audit entry behind the one its writer saw. KEYS: epoch, log, mark where it starts.
-- ARGV: epoch prefix, number, entry, seal of the last entry ('' for none). 1 if added, 0 if another one came in between.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0)[1]
local seal = ''
if last then
  local readable, found = pcall(cjson.decode, last)
  if readable and type(found) == 'table' and type(found.seal) == 'string' then seal = found.seal end
end
if seal ~= ARGV[4] then return 0 end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
return 1
