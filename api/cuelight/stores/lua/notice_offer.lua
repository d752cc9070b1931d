-- A new notice. KEYS: epoch, notice, where it goes, due. ARGV: epoch prefix, notice, seconds it lives, customer,
-- name, milliseconds when it is due, how many may be due, where it goes ('' for nowhere), seconds that is kept.
-- Answers 1 if there was none for this chat and customer.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local held, new = redis.call('GET', KEYS[2]), 1
if held then
  local found = cjson.decode(held)
  if found.customer == ARGV[4] then
    if found.state ~= 'waiting' then return 0 end
    new = 0
  else
    redis.call('DEL', KEYS[3])
  end
end
if new == 1 then
  redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
  redis.call('ZADD', KEYS[4], ARGV[6], ARGV[5])
  redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -tonumber(ARGV[7]) - 1)
end
if ARGV[8] ~= '' then redis.call('SET', KEYS[3], ARGV[8], 'EX', ARGV[9]) end
return new
