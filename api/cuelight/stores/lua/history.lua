-- What may be done to a history. Shared by every script that changes one; comes after `layout.lua`.
-- The rules of bounds are told in bounds.py.
local MAX_ENTRIES, PENDING_KEPT, MAX_HIDDEN, MAX_OVERFLOW = 64, 16, 16, 10000
local MAX_EVENTS, MAX_INCIDENTS = 32, 16
local JOURNAL_S, OUTBOX_S = 604800, 2592000

local function foreign(epoch_key, expected)
  local epoch = redis.call('GET', epoch_key)
  return not epoch or sub(epoch, 1, #expected) ~= expected
end

-- The customer's tombstone, by any of their keys: it does not name them, and lies in their slot as the epoch does.
local function tomb_key(key)
  return 'cl:t' .. sub(KEYS[1], 9) .. ':' .. redis.sha1hex(string.match(key, '{(.*)}'))
end

-- When the customer was erased (microseconds; 0: never). What is told of a time before is not kept. Raises where
-- everything was moved to the tag of a newer hash key: nothing may be read or written here then.
local function erased_at(key)
  local tomb = redis.call('GET', tomb_key(key))
  if not tomb then return 0 end
  if sub(tomb, 1, 5) == 'moved' then error('REKEYED') end
  return tonumber(tomb)
end

-- The number of a row (as it is stored) among its kind; it is added if there is none like it.
local function intern(h, kind, row)
  local starts, blob, base, length, last = h.at, h.blob, h.base[kind], #row, byte(row, -1)
  local id = h.top[kind]
  for known = base + 1, id do
    local from, to = starts[known], starts[known + 1]
    if to - from == length and byte(blob, to - 1) == last and sub(blob, from, to - 1) == row then return known - base end
  end
  while h.after[id] do
    id = h.after[id]
    if starts[id] == row then return id - base end
  end
  h.grown = true
  starts[#starts + 1] = row
  h.after[id] = #starts
  return #starts - base
end

-- Reads one entry message (see codec_entry.py) from the arguments. Returns the entry and where the next one begins.
local function receive(h, args, at)
  local count = tonumber(args[at])
  local ids = {[0] = 0}
  for i = 1, count do
    local row = args[at + i]
    local kind, refs = floor(byte(row, 1) / 8), byte(row, 1) % 8
    local length, numbers = #row - refs - 1, ''
    for r = 2, refs + 1 do numbers = numbers .. id_bytes(ids[byte(row, r)]) end
    ids[i] = intern(h, kind, row_head(refs, length) .. numbers .. sub(row, 2 + refs))
  end
  local name, value = args[at + count + 1], args[at + count + 2]
  local chat = sub(name, 1, 1) == 'c'
  return {
    marks = byte(value, 1),
    origin = ids[byte(value, 2)],
    device = ids[byte(value, 3)],
    time = read_time(value, 4),
    odds = sub(value, 11),
    account = chat and ids[byte(name, 2)] or nil,
    id = chat and pack_id(sub(name, 3)) or nil,
  }, at + count + 3
end

local function same_id(h, entry, id)
  if entry.id then return entry.id == id end
  if byte(h.blob, entry.to - 1) ~= byte(id, -1) then return false end
  local _, form, at = read_chat(h.blob, entry.chat)
  return form == byte(id, 1) and sub(h.blob, at, entry.to - 1) == sub(id, 2)
end

-- Where an entry is in the history already, or nil: a chat by its account and id, a sign-in by all it tells.
local function find(h, entry)
  for place, other in ipairs(h.entries) do
    if other.account == entry.account then
      if entry.id then
        if same_id(h, other, entry.id) then return place end
      elseif other.time == entry.time and other.origin == entry.origin and other.device == entry.device then
        return place
      end
    end
  end
end

-- Desk, account and id of an entry's chat, as in the names of chats' keys.
local function chat_name(h, entry)
  local s, at, _, length = row_of(h, h.base[ACCOUNT] + entry.account)
  return sub(s, at, at + length - 1) .. unpack_id(packed_id(h, entry))
end

local function drop(h, overflow, place)
  local entry = table.remove(h.entries, place)
  h.shrunk = true
  if entry.account then
    redis.call('ZADD', overflow.key, entry.time, chat_name(h, entry))
    redis.call('ZREMRANGEBYRANK', overflow.key, 0, -MAX_OVERFLOW - 1)
    redis.call('EXPIRE', overflow.key, overflow.ttl_s)
  end
end

-- Whether an entry goes before another: the older one; of one moment chats by name, then sign-ins as they were told.
local function older(h, entry, other)
  if not other or entry.time ~= other.time then return not other or entry.time < other.time end
  local name = entry.account and chat_name(h, entry) or ''
  return name >= (other.account and chat_name(h, other) or '')
end

local function trim(h, overflow)
  if #h.entries <= MAX_HIDDEN then return end
  local visible, hidden, pending = 0, 0, 0
  local oldest = {}
  for place, entry in ipairs(h.entries) do
    local kind = 'proven'
    if has(HIDDEN, entry.marks) then
      kind, hidden = 'hidden', hidden + 1
    else
      visible = visible + 1
      if has(REPORTED, entry.marks) then
        kind, pending = 'reported', pending + 1
      elseif entry.marks % 8 == 0 then
        kind, pending = 'unproven', pending + 1
      end
    end
    if older(h, entry, h.entries[oldest[kind]]) then oldest[kind] = place end
  end
  local gone = hidden > MAX_HIDDEN and oldest.hidden
  if visible > MAX_ENTRIES then
    gone = pending > PENDING_KEPT and (oldest.unproven or oldest.reported) or oldest.proven
  end
  if gone then drop(h, overflow, gone) end
end

-- Adds or replaces an entry; a chat's proof and marks never get weaker by it. True if it is new.
local function put(h, overflow, entry)
  local place = find(h, entry)
  local old = h.entries[place]
  if old and not entry.id then return false end
  local same = old and old.origin == entry.origin and old.device == entry.device
  if old and not has(HIDDEN, old.marks) then
    if has(HIDDEN, entry.marks) then return false end
    local proof = math.max(old.marks % 8, entry.marks % 8)
    local reported = (has(REPORTED, old.marks) or has(REPORTED, entry.marks)) and REPORTED or 0
    local failed = (has(FAILED, old.marks) or has(FAILED, entry.marks)) and FAILED or 0
    entry.marks = proof + reported + failed
  end
  h.shrunk = h.shrunk or old and not same
  h.entries[place or #h.entries + 1] = entry
  trim(h, overflow)
  return not old or has(HIDDEN, old.marks)
end

-- Inserts or replaces an incident; beyond the bound, the one that ended longest ago goes.
-- Whether it may be written: over `was` ('' for any; '-' if no other may be open when this one opens).
local function may_put_incident(key, id, value, was)
  if was == '' then return true end
  if was ~= '-' then return redis.call('HGET', key, id) == was end
  local opened = read_time(value, 11)
  for _, held in ipairs(redis.call('HVALS', key)) do
    if byte(held, 18) == 0 and opened < read_time(held, 3) then return false end
  end
  return true
end

local function put_incident(key, id, value, ttl_s)
  redis.call('HSET', key, id, value)
  if redis.call('HLEN', key) > MAX_INCIDENTS then
    local flat = redis.call('HGETALL', key)
    local gone, gone_end
    for i = 1, #flat, 2 do
      local ended = read_time(flat[i + 1], 3)
      if not gone or ended < gone_end then gone, gone_end = flat[i], ended end
    end
    redis.call('HDEL', key, gone)
  end
  if redis.call('TTL', key) < ttl_s then redis.call('EXPIRE', key, ttl_s) end
end

local function announce(outbox, kept, args, at, count)
  if count == 0 then return end
  for i = 1, count do redis.call('XADD', outbox, '*', 'a', args[at + i - 1]) end
  -- If nobody takes them, the oldest go, and are counted where the worker and `cuelight doctor` look.
  local since_ms = (redis.call('TIME')[1] - OUTBOX_S) * 1000
  local lost = redis.call('XTRIM', outbox, 'MAXLEN', kept) + redis.call('XTRIM', outbox, 'MINID', string.format('%.0f', since_ms))
  if lost > 0 then redis.call('INCRBY', outbox .. ':lost', lost) end
  redis.call('EXPIRE', outbox, OUTBOX_S)
end

-- Tells the archive that a chat changed, with what changed it. On a Cluster the day's list lies in another slot, and the
-- caller tells it afterwards (`redis_journal.py`).
local function journal(name)
  if KEYS[1] ~= 'cl:epoch' then return end
  local day = 'cl:v:' .. math.floor(redis.call('TIME')[1] / 86400)
  if redis.call('RPUSH', day, name) == 1 then redis.call('EXPIRE', day, JOURNAL_S) end
end
