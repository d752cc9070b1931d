-- The announcements of one customer, out of an outbox. KEYS: epoch, outbox. ARGV: epoch prefix, what marks them.
-- Deleted entries of a stream stay in memory and in the append-only file beside those that live, also those that were
-- delivered long ago: so the stream is made anew.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local entries = redis.call('XRANGE', KEYS[2], '-', '+')
local ttl_ms = redis.call('PTTL', KEYS[2])
redis.call('DEL', KEYS[2])
local mine = 0
for _, entry in ipairs(entries) do
  if string.find(entry[2][2], ARGV[2], 1, true) then
    mine = mine + 1
  else
    redis.call('XADD', KEYS[2], entry[1], unpack(entry[2]))
  end
end
if ttl_ms > 0 then redis.call('PEXPIRE', KEYS[2], ttl_ms) end
return mine
