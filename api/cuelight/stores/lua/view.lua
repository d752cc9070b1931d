-- That an agent saw the cue of a chat, the first time. KEYS: epoch, views. ARGV: epoch prefix, name, view, how many are
-- kept, ttl. Nothing if the customer was erased after it.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
if read_time(ARGV[3], 3) <= erased_at(KEYS[2]) then return 0 end
if redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[3]) == 0 then return 0 end
if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[4]) then
  local flat, gone, oldest = redis.call('HGETALL', KEYS[2]), nil, nil
  for i = 1, #flat, 2 do
    local at = read_time(flat[i + 1], 3)
    if not gone or at < oldest then gone, oldest = flat[i], at end
  end
  redis.call('HDEL', KEYS[2], gone)
end
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
