-- An incident, inserted or replaced. KEYS: epoch, incidents, outbox.
-- ARGV: epoch prefix, incident id, incident, incident ttl, outbox kept, announcements, then each.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
put_incident(KEYS[2], ARGV[2], ARGV[3], tonumber(ARGV[4]))
announce(KEYS[3], ARGV[5], ARGV, 7, tonumber(ARGV[6]))
return 1
