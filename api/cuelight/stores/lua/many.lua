-- Commands that have nothing to do with each other. ARGV: for each its number of parts, then the parts.
-- For a single server only: its keys are not declared.
local answers, at = {}, 1
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  answers[#answers + 1] = redis.call(unpack(ARGV, at + 1, at + count))
  at = at + count + 1
end
return answers
