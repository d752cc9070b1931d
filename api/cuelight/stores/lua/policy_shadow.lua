-- What a shadow said. KEYS: epoch, counts, lines, forgotten. ARGV: epoch prefix, what to do, then:
--   add: milliseconds now, life time (s), lines kept, counts kept, number of counts, each (field, number), then lines,
--     each (its chat's name, line), oldest first
--   forget: milliseconds now, for how many milliseconds no line is taken, then each (its chat's name). Answers how many.
--   read: nothing. Answers the counts and the lines.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if ARGV[2] == 'read' then return {redis.call('HGETALL', KEYS[2]), redis.call('LRANGE', KEYS[3], 0, -1)} end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[3])
if ARGV[2] == 'forget' then
  local gone = {}
  for i = 5, #ARGV do
    gone[ARGV[i]] = true
    redis.call('ZADD', KEYS[4], ARGV[3] + ARGV[4], ARGV[i])
  end
  redis.call('PEXPIRE', KEYS[4], ARGV[4])
  local lines, count = redis.call('LRANGE', KEYS[3], 0, -1), 0
  for _, line in ipairs(lines) do
    if gone[string.match(line, '^(%S+) ')] then count = count + redis.call('LREM', KEYS[3], 1, line) end
  end
  return count
end
local counts = tonumber(ARGV[7])
for i = 0, counts - 1 do redis.call('HINCRBY', KEYS[2], ARGV[8 + 2 * i], ARGV[9 + 2 * i]) end
for i = 8 + 2 * counts, #ARGV - 1, 2 do
  if not redis.call('ZSCORE', KEYS[4], ARGV[i]) then redis.call('LPUSH', KEYS[3], ARGV[i] .. ' ' .. ARGV[i + 1]) end
end
redis.call('LTRIM', KEYS[3], 0, ARGV[5] - 1)
if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[6]) then
  -- Fields begin with their day, so the first of them are the oldest.
  local fields = redis.call('HKEYS', KEYS[2])
  table.sort(fields)
  for i = 1, #fields - ARGV[6] do redis.call('HDEL', KEYS[2], fields[i]) end
end
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[3], ARGV[4])
return 1
