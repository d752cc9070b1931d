-- Which notices are due. KEYS: epoch, due. ARGV: epoch prefix, what to do, then:
--   put: name, milliseconds, how many are kept
--   take: milliseconds now, milliseconds when they fall back, how many. Answers the names.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if ARGV[2] == 'put' then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
  return redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -tonumber(ARGV[5]) - 1)
end
local taken = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3], 'LIMIT', 0, ARGV[5])
for _, name in ipairs(taken) do redis.call('ZADD', KEYS[2], ARGV[4], name) end
return taken
