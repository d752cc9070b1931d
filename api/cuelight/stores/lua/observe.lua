-- The company's own sightings. KEYS: epoch, history, overflow.
-- ARGV: epoch prefix, history ttl, chat ttl, number of entries, then a message each. Answers how many were new;
-- those from before the customer was erased are left out.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local erased = erased_at(KEYS[2])
local h = open(KEYS[2])
local overflow = {key = KEYS[3], ttl_s = ARGV[3]}
local added, at = 0, 5
for _ = 1, tonumber(ARGV[4]) do
  local entry
  entry, at = receive(h, ARGV, at)
  if entry.time > erased and put(h, overflow, entry) then
    added = added + 1
  else
    h.shrunk = true
  end
end
if h.blob ~= NOTHING or added > 0 then close(h, ARGV[2]) end
return added
