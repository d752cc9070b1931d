-- An account event, once. KEYS: epoch, history. ARGV: epoch prefix, event (a field name), history ttl.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local h = open(KEYS[2])
if redis.call('HSET', KEYS[2], ARGV[2], '') == 1 then
  h.events[#h.events + 1] = ARGV[2]
  if #h.events > MAX_EVENTS then
    table.sort(h.events, function(a, b) return read_time(a, 3) < read_time(b, 3) end)
    redis.call('HDEL', KEYS[2], h.events[1])
  end
end
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
