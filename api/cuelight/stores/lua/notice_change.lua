-- A notice, if it still is what its reader saw. KEYS: epoch, notice, where it goes, due.
-- ARGV: epoch prefix, before, after ('' to remove it if it waits, whatever else it says), seconds it lives,
-- name if it is due no more and where it goes is forgotten ('' if not), 'keep' if that is not. Answers 1 if it was done.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local held = redis.call('GET', KEYS[2])
if ARGV[3] == '' then
  if not held or cjson.decode(held).state ~= 'waiting' then return 0 end
  redis.call('DEL', KEYS[2])
else
  if held ~= ARGV[2] then return 0 end
  redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
end
if ARGV[5] ~= '' then
  if ARGV[6] == '' then redis.call('DEL', KEYS[3]) end
  redis.call('ZREM', KEYS[4], ARGV[5])
end
return 1
