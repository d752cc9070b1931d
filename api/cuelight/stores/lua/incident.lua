-- An incident, inserted or replaced. KEYS: epoch, incidents, outbox.
-- ARGV: epoch prefix, incident id, incident, incident ttl, outbox kept, announcements, then each.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
-- An incident that opened before the customer was erased is not put back: 0.
if read_time(ARGV[3], 11) <= erased_at(KEYS[2]) then return 0 end
put_incident(KEYS[2], ARGV[2], ARGV[3], tonumber(ARGV[4]))
announce(KEYS[3], ARGV[5], ARGV, 7, tonumber(ARGV[6]))
return 1
