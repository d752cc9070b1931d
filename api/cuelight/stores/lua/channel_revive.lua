-- Dead letters, queued again as if new. ARGV: epoch prefix, now, then their ids (none: all). Answers how many.
local wanted, count = {}, 0
for at = 3, #ARGV do wanted[ARGV[at]] = true end
for _, member in ipairs(call('ZRANGE', DEAD, 0, -1)) do
  local group, id = string.match(member, '^(.-)|(.+)$')
  if #ARGV < 3 or wanted[id] then
    call('ZREM', DEAD, member)
    call('HDEL', TRIES, id)
    put_last(group, id, ARGV[2])
    count = count + 1
  end
end
return count
