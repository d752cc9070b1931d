-- The customer's lock, set or ('') removed. KEYS: epoch, lock. ARGV: epoch prefix, lock, ttl.
-- One from before the customer was erased is left out: 0.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local erased = erased_at(KEYS[2])
if ARGV[2] == '' then return redis.call('DEL', KEYS[2]) end
if read_time(ARGV[2], 3) <= erased then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return 1
