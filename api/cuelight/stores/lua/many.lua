-- Commands that have nothing to do with each other. For a single server only: their keys are not declared.
-- KEYS: epoch. ARGV: epoch prefix, then for each command its number of parts and the parts.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end
local answers, at = {}, 2
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  answers[#answers + 1] = redis.call(unpack(ARGV, at + 1, at + count))
  at = at + count + 1
end
return answers
