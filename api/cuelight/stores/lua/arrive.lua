-- What was moved here from the tag of a former hash key, put to what is here; that wins. KEYS: epoch, history, incidents,
-- overflow, ledger, lock, views. ARGV: epoch prefix, time of an erasure ('' for none), tombstone ttl, history ttl, entries, a message
-- each, account events, each, incidents ttl, incidents, id and value each, overflow ttl, chats, name and time each,
-- ledger ttl, lines, each, lock ttl, lock ('' for none), views ttl, views, name and value each.
if foreign(KEYS[1], ARGV[1]) then return redis.error_reply('EPOCH') end
local erased = erased_at(KEYS[2])
if ARGV[2] ~= '' and tonumber(ARGV[2]) > erased then
  erased = tonumber(ARGV[2])
  redis.call('SET', tomb_key(KEYS[2]), ARGV[2], 'EX', ARGV[3])
end
local function life(key, ttl)
  return math.max(tonumber(ttl), redis.call('TTL', key), 1)
end
local h, at = open(KEYS[2]), 6
local overflow = {key = KEYS[4], ttl_s = ARGV[4]}
local history_life = life(KEYS[2], ARGV[4])
local count, added = tonumber(ARGV[5]), 0
for _ = 1, count do
  local entry
  entry, at = receive(h, ARGV, at)
  if entry.time > erased and not find(h, entry) then
    put(h, overflow, entry)
    added = added + 1
  else
    h.shrunk = true
  end
end
count, at = tonumber(ARGV[at]), at + 1
local known, events = {}, events(h)
for _, event in ipairs(events) do known[event] = true end
for _ = 1, count do
  if read_time(ARGV[at], 2) > erased and not known[ARGV[at]] then
    events[#events + 1] = ARGV[at]
    added = added + 1
  end
  at = at + 1
end
table.sort(events, function(a, b) return read_time(a, 2) > read_time(b, 2) end)
for i = #events, MAX_EVENTS + 1, -1 do events[i] = nil end
if added > 0 then close(h, history_life) end
local ttl
ttl, count, at = life(KEYS[3], ARGV[at]), tonumber(ARGV[at + 1]), at + 2
for _ = 1, count do
  if read_time(ARGV[at + 1], 11) > erased and redis.call('HEXISTS', KEYS[3], ARGV[at]) == 0 then
    put_incident(KEYS[3], ARGV[at], ARGV[at + 1], ttl)
  end
  at = at + 2
end
ttl, count, at = life(KEYS[4], ARGV[at]), tonumber(ARGV[at + 1]), at + 2
for _ = 1, count do
  if tonumber(ARGV[at + 1]) > erased then redis.call('ZADD', KEYS[4], 'NX', ARGV[at + 1], ARGV[at]) end
  at = at + 2
end
if count > 0 then redis.call('EXPIRE', KEYS[4], ttl) end
ttl, count, at = life(KEYS[5], ARGV[at]), tonumber(ARGV[at + 1]), at + 2
local lines = {}
for _, line in ipairs(redis.call('LRANGE', KEYS[5], 0, -1)) do lines[line] = true end
for i = at + count - 1, at, -1 do
  local time = 0
  for n = 2, 9 do time = time * 256 + byte(ARGV[i], n) end
  if time > erased and not lines[ARGV[i]] then redis.call('LPUSH', KEYS[5], ARGV[i]) end
end
if count > 0 then redis.call('EXPIRE', KEYS[5], ttl) end
at = at + count
local lock = ARGV[at + 1]
if lock ~= '' and read_time(lock, 3) > erased then
  redis.call('SET', KEYS[6], lock, 'NX', 'EX', math.max(tonumber(ARGV[at]), 1))
end
ttl, count, at = life(KEYS[7], ARGV[at + 2]), tonumber(ARGV[at + 3]), at + 4
for _ = 1, count do
  if read_time(ARGV[at + 1], 3) > erased then redis.call('HSETNX', KEYS[7], ARGV[at], ARGV[at + 1]) end
  at = at + 2
end
if count > 0 then redis.call('EXPIRE', KEYS[7], ttl) end
return added
