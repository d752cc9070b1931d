-- What became of claims. ARGV: epoch prefix, now, dead letters kept, log lines kept, held until ('' if reached or not
-- tried), reached (1/0), claims, then for each ending, place, lease, due, tries; then log lines.
local now, kept = tonumber(ARGV[2]), tonumber(ARGV[3])
local at, free = 8, {}
for _ = 1, tonumber(ARGV[7]) do
  local ending, place, lease, due, tries = unpack(ARGV, at, at + 4)
  local group, id = read_place(place)
  at = at + 5
  -- One that is not there any more was forgotten, or settled by whoever had it after this lease.
  if call('ZSCORE', ORDER, place) then
    if ending == 'later' or ending == 'dead' then call('HSET', TRIES, id, tries) end
    if ending == 'delivered' or ending == 'dead' then call('ZREM', ORDER, place) end
    if ending == 'delivered' then drop(id) end
    if ending == 'dead' then bury(group, id, kept) end
  end
  local mine = call('ZSCORE', CLAIMED, group)
  if mine and tonumber(mine) == tonumber(lease) then
    free[group] = math.max(free[group] or now, ending == 'later' and tonumber(due) or now)
  end
end
for group, due in pairs(free) do
  call('ZREM', CLAIMED, group)
  release(group, due)
end
if ARGV[5] ~= '' then
  call('HSET', NUMBERS, 'held', ARGV[5])
  call('HINCRBY', NUMBERS, 'failures', 1)
elseif ARGV[6] == '1' and call('HDEL', NUMBERS, 'failures', 'held') > 0 then
  -- It is back: what waited for it need not wait any longer.
  for _, group in ipairs(call('ZRANGEBYSCORE', DUE, '(' .. now, '+inf', 'LIMIT', 0, 10000)) do
    if not free[group] then call('ZADD', DUE, now, group) end
  end
end
for line = at, #ARGV do call('LPUSH', LOG, ARGV[line]) end
if #ARGV >= at then call('LTRIM', LOG, 0, tonumber(ARGV[4]) - 1) end
return 1
