-- Everything of a customer. KEYS: epoch, history, incidents, overflow, ledger.
-- ARGV: epoch prefix, what the names of the customer's chat keys begin with.
-- Answers with the names of the chats that were erased and how many keys are gone.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local h = open(KEYS[2])
local names = redis.call('ZRANGE', KEYS[4], 0, -1)
for field in pairs(h.entries) do
  if sub(field, 1, 1) == 'c' then names[#names + 1] = chat_name(h, field) end
end
local gone = 0
for _, name in ipairs(names) do gone = gone + redis.call('DEL', ARGV[2] .. name) end
gone = gone + redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return {gone, names}
