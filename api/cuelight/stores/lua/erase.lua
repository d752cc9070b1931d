-- Everything of a customer, and a tombstone. KEYS: epoch, history, incidents, overflow, ledger, lock, views.
-- ARGV: epoch prefix, what the names of the customer's chat keys begin with, time (microseconds), tombstone ttl.
-- Answers with the names of the chats, how many sightings, chats, incidents, account events and disclosures went, and the
-- ids of the incidents.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local erased = math.max(tonumber(ARGV[3]), erased_at(KEYS[2]))
local h = open(KEYS[2])
local names = redis.call('ZRANGE', KEYS[4], 0, -1)
local sightings = 0
for _, entry in ipairs(h.entries) do
  if entry.account then names[#names + 1] = chat_name(h, entry) end
  if not has(HIDDEN, entry.marks) then sightings = sightings + 1 end
end
local chats = 0
for _, name in ipairs(names) do chats = chats + redis.call('DEL', ARGV[2] .. name) end
local incidents, disclosures = redis.call('HKEYS', KEYS[3]), redis.call('LLEN', KEYS[5])
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7])
redis.call('SET', tomb_key(KEYS[2]), string.format('%.0f', erased), 'EX', ARGV[4])
return {names, sightings, chats, #incidents, #events(h), disclosures, incidents}
