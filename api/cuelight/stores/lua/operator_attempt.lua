-- An attempt to sign in, counted under several names at once. KEYS: epoch, a counter for each name.
-- ARGV: epoch prefix, now (ms), free attempts, longest wait (s), how long counters live (s).
-- Answers with 0 if it was counted; else with the milliseconds to wait, and nothing was.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local now, free, longest = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local wait = 0
for at = 2, #KEYS do
  local found = redis.call('HMGET', KEYS[at], 'n', 't')
  local count, last = tonumber(found[1] or 0), tonumber(found[2] or 0)
  if count >= free then
    wait = math.max(wait, last + math.min(2 ^ (count - free + 1), longest) * 1000 - now)
  end
end
if wait > 0 then return math.ceil(wait) end
for at = 2, #KEYS do
  redis.call('HINCRBY', KEYS[at], 'n', 1)
  redis.call('HSET', KEYS[at], 't', ARGV[2])
  redis.call('EXPIRE', KEYS[at], ARGV[5])
end
return 0
