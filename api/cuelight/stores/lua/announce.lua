-- An announcement that comes with no customer's own writing. KEYS: epoch, outbox.
-- ARGV: epoch prefix, outbox kept, announcements, then each.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
announce(KEYS[2], ARGV[2], ARGV, 4, tonumber(ARGV[3]))
return 1
