-- A history of an older schema, spelled anew, if it is still the one that was read. KEYS: epoch, history, overflow.
-- ARGV: epoch while migrating, history as read, history ttl (where it has none), chat ttl, number of entries, a message
-- each, then account events. Answers 1 if it was replaced.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
local ttl_s = redis.call('TTL', KEYS[2])
if ttl_s < 1 then ttl_s = ARGV[3] end
redis.call('DEL', KEYS[2])
local h = open(KEYS[2])
local overflow = {key = KEYS[3], ttl_s = ARGV[4]}
local at = 6
for _ = 1, tonumber(ARGV[5]) do
  local entry
  entry, at = receive(h, ARGV, at)
  put(h, overflow, entry)
end
for i = at, #ARGV do table.insert(events(h), ARGV[i]) end
close(h, ttl_s)
return 1
