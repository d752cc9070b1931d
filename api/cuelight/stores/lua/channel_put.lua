-- Alerts into a queue, each once. ARGV: epoch prefix, now, places, dead letters kept, seen kept, seen for (ms),
-- how tries of a full queue are written, then for each alert its id, group, time of announcement and itself.
local now, new = tonumber(ARGV[2]), 0
for at = 8, #ARGV, 4 do
  local id, group, announced, alert = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local forgotten = call('ZSCORE', FORGOTTEN, group)
  if not call('ZSCORE', SEEN, id) and not (forgotten and tonumber(forgotten) >= announced) then
    new = new + 1
    call('ZADD', SEEN, now, id)
    call('HSET', ALERTS, id, alert)
    if call('ZCARD', ORDER) >= tonumber(ARGV[3]) then
      call('HSET', TRIES, id, ARGV[7])
      bury(group, id, tonumber(ARGV[4]))
    else
      put_last(group, id, now)
    end
  end
end
call('ZREMRANGEBYSCORE', SEEN, '-inf', now - tonumber(ARGV[6]))
call('ZREMRANGEBYRANK', SEEN, 0, -1 - tonumber(ARGV[5]))
return new
