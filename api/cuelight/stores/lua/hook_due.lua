-- Chats whose note may have to be written, by when. KEYS: epoch, due. ARGV: epoch prefix, what to do, then:
--   put: chat, milliseconds, how many are kept, for how long (s): a chat that is gone needs no note
--   take: milliseconds now, milliseconds when they fall back, how many. Answers the chats.
--   done: chat, the milliseconds it was to fall back at: removed if nothing came up about it since.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
if ARGV[2] == 'put' then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4] - ARGV[6] * 1000)
  redis.call('EXPIRE', KEYS[2], ARGV[6])
  return redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -tonumber(ARGV[5]) - 1)
end
if ARGV[2] == 'take' then
  local taken = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3], 'LIMIT', 0, ARGV[5])
  for _, chat in ipairs(taken) do redis.call('ZADD', KEYS[2], ARGV[4], chat) end
  return taken
end
local at = redis.call('ZSCORE', KEYS[2], ARGV[3])
if at and tonumber(at) == tonumber(ARGV[4]) then return redis.call('ZREM', KEYS[2], ARGV[3]) end
return 0
