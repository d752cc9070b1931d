-- All of a customer's alerts. One that is on its way from the outbox at this moment is refused when it arrives.
-- ARGV: epoch prefix, group, how long to refuse (ms). Answers how many there were.
local group, time = ARGV[2], call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
call('ZADD', FORGOTTEN, now, group)
call('ZREMRANGEBYSCORE', FORGOTTEN, '-inf', now - tonumber(ARGV[3]))
local count = 0
for _, place in ipairs(places(group, -1)) do
  local _, id = read_place(place)
  call('ZREM', ORDER, place)
  drop(id)
  count = count + 1
end
call('ZREM', DUE, group)
call('ZREM', CLAIMED, group)
for _, member in ipairs(call('ZRANGE', DEAD, 0, -1)) do
  local owner, id = string.match(member, '^(.-)|(.+)$')
  if owner == group then
    call('ZREM', DEAD, member)
    drop(id)
    count = count + 1
  end
end
return count
