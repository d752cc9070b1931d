-- An incident, inserted or replaced. KEYS: epoch, incidents, outbox.
-- ARGV: epoch prefix, incident id, incident, incident ttl, what has to be in its place (see may_put_incident), outbox kept,
-- announcements, then each. Answers 0 if the customer was erased after it opened, 2 if it is another by now, else 1.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if read_time(ARGV[3], 11) <= erased_at(KEYS[2]) then return 0 end
if not may_put_incident(KEYS[2], ARGV[2], ARGV[3], ARGV[5]) then return 2 end
put_incident(KEYS[2], ARGV[2], ARGV[3], tonumber(ARGV[4]))
announce(KEYS[3], ARGV[6], ARGV, 8, tonumber(ARGV[7]))
return 1
