-- Notices of chats that are forgotten. KEYS: epoch, due, then for each chat its notice and where that goes.
-- ARGV: epoch prefix, then each name. Answers how many there were.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local gone = 0
for i = 2, #ARGV do
  gone = gone + redis.call('DEL', KEYS[2 * i - 1])
  redis.call('DEL', KEYS[2 * i])
  redis.call('ZREM', KEYS[2], ARGV[i])
end
return gone
