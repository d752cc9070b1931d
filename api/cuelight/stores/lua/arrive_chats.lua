-- Chats of a customer, moved here from the tag of a former hash key; those that are here already stay.
-- KEYS: epoch, history. ARGV: epoch prefix, then of each chat its key (of this slot), content, ttl (ms) and time.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local erased = erased_at(KEYS[2])
for at = 2, #ARGV, 4 do
  if tonumber(ARGV[at + 3]) > erased then redis.call('SET', ARGV[at], ARGV[at + 1], 'PX', ARGV[at + 2], 'NX') end
end
return 1
