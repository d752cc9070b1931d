-- Alerts that are due, lent to a worker. ARGV: epoch prefix, now, end of the lease, at most, messages a minute (0: no
-- limit), at most in one message. Answers: together (1/0), failures, then for each its place, alert and tries.
local now, lease, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local per_minute, most = tonumber(ARGV[5]), tonumber(ARGV[6])
local held = tonumber(call('HGET', NUMBERS, 'held') or 0)
local failures = tonumber(call('HGET', NUMBERS, 'failures') or 0)
if held > now then return {0, failures} end
for _, group in ipairs(call('ZRANGEBYSCORE', CLAIMED, '-inf', now)) do
  -- Whoever had it is gone, or far too slow.
  call('ZREM', CLAIMED, group)
  release(group, now)
end
local due = call('ZCOUNT', DUE, '-inf', now)
if due == 0 then return {0, failures} end
local left = due
if per_minute > 0 then
  local since = tonumber(call('HGET', NUMBERS, 'minute') or 0)
  if now - since >= 60000 or since > now then call('HSET', NUMBERS, 'minute', now, 'used', 0) end
  left = per_minute - tonumber(call('HGET', NUMBERS, 'used') or 0)
  if left <= 0 then return {0, failures} end
end
local together = due > left
-- One at a time knocks at the door of a receiver that was not reached.
if failures > 0 then limit = 1 end
local found, count = {together and 1 or 0, failures}, 0
for _, group in ipairs(call('ZRANGEBYSCORE', DUE, '-inf', now, 'LIMIT', 0, together and most or limit)) do
  if together and count >= most then break end
  call('ZREM', DUE, group)
  local some = places(group, together and most - count or 1)
  if #some > 0 then call('ZADD', CLAIMED, lease, group) end
  for _, place in ipairs(some) do
    local _, id = read_place(place)
    count = count + 1
    found[#found + 1] = place
    found[#found + 1] = call('HGET', ALERTS, id)
    found[#found + 1] = call('HGET', TRIES, id) or ''
  end
end
if count > 0 and failures > 0 then call('HSET', NUMBERS, 'held', lease) end
if per_minute > 0 then call('HINCRBY', NUMBERS, 'used', together and 1 or count) end
return found
