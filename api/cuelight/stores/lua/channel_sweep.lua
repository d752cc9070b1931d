-- What was kept long enough, out of a queue: dead letters since they were given up, lines of the log, alerts that still
-- wait since they were announced. ARGV: epoch prefix, until when (as times are written; in milliseconds), life time of the
-- queue's keys (s), groups to pass over, groups to look at. Answers how many alerts went, groups looked at, groups left.
local before, before_ms, gone = ARGV[2], tonumber(ARGV[3]), 0
for _, member in ipairs(call('ZRANGE', DEAD, 0, 499)) do
  local id = string.match(member, '|(.+)$')
  local tries = call('HGET', TRIES, id)
  if tries and cjson.decode(tries).last_ms >= before_ms then break end
  call('ZREM', DEAD, member)
  drop(id)
  gone = gone + 1
end
local line = call('LINDEX', LOG, -1)
while line and cjson.decode(line).at < before do
  call('RPOP', LOG)
  line = call('LINDEX', LOG, -1)
end
-- Of a group the oldest come first, so it is left at the first that may stay.
local groups, left = call('ZRANGE', DUE, ARGV[5], ARGV[5] + ARGV[6] - 1), 0
for _, group in ipairs(groups) do
  for _, place in ipairs(places(group, 500)) do
    local _, id = read_place(place)
    local alert = call('HGET', ALERTS, id)
    if alert and cjson.decode(alert).at >= before then break end
    call('ZREM', ORDER, place)
    drop(id)
    gone = gone + 1
  end
  if #places(group, 1) > 0 then left = left + 1 else call('ZREM', DUE, group) end
end
if gone > 0 then call('HINCRBY', NUMBERS, 'lost', gone) end
for key = 2, #KEYS do call('EXPIRE', KEYS[key], ARGV[4]) end
return {gone, #groups, left}
