-- An account event, once; nothing if the customer was erased after it. Answers 1 if it is new, else 0. KEYS: epoch, history. ARGV: epoch prefix, event, history ttl.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if read_time(ARGV[2], 2) <= erased_at(KEYS[2]) then return 0 end
local h = open(KEYS[2])
local known, events = false, events(h)
for _, event in ipairs(events) do known = known or event == ARGV[2] end
if not known then
  events[#events + 1] = ARGV[2]
  table.sort(events, function(a, b) return read_time(a, 2) > read_time(b, 2) end)
  events[MAX_EVENTS + 1] = nil
end
close(h, ARGV[3])
return known and 0 or 1
