-- History, incidents, lock and one chat of a customer. KEYS: epoch, history, incidents, chat, lock, pointer (on a single server).
-- ARGV: epoch prefix, tag, what chat keys begin and end with around their tag.
-- The chat may be recorded for another customer by now: it is looked for where the pointer leads (a key that is not
-- declared, which a single server allows; on a Cluster the caller follows the pointer).
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local chat, owner = KEYS[4], false
if KEYS[6] then
  owner = redis.call('GET', KEYS[6])
  if owner and owner ~= ARGV[2] then chat = ARGV[3] .. owner .. ARGV[4] end
end
local tomb = redis.call('GET', 'cl:t' .. string.sub(KEYS[1], 9) .. ':' .. redis.sha1hex(string.match(KEYS[2], '{(.*)}')))
if tomb and string.sub(tomb, 1, 5) == 'moved' then return redis.error_reply('REKEYED') end
return {
  redis.call('GET', KEYS[2]),
  redis.call('HGETALL', KEYS[3]),
  redis.call('GET', chat),
  redis.call('GET', KEYS[5]),
  owner,
}
