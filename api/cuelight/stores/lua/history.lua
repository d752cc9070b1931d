-- What may be done to a history. Shared by every script that changes one; comes after `layout.lua`.
-- The rules of bounds are told in bounds.py.
local MAX_ENTRIES, PENDING_KEPT, MAX_HIDDEN, MAX_OVERFLOW = 64, 16, 16, 10000
local MAX_EVENTS, MAX_INCIDENTS = 32, 16
local JOURNAL_S = 604800

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

local function intern(h, content)
  local id = h.ids[content]
  if id then return id end
  id = h.next_id or 1
  while h.rows[id] do id = id + 1 end
  h.next_id = id + 1
  if id > h.last_id then h.last_id = id end
  h.rows[id], h.ids[content] = content, id
  return id
end

-- Reads one entry message from the arguments: rows, field name, value. Returns both with real row numbers.
local function receive(h, args, at)
  local count = tonumber(args[at])
  local ids = {[0] = 0}
  for i = 1, count do
    local row = args[at + i]
    local refs = byte(row, 1) % 8
    local content = {sub(row, 1, 1)}
    for r = 1, refs do content[r + 1] = id_bytes(ids[byte(row, 1 + r)]) end
    content[refs + 2] = sub(row, 2 + refs)
    ids[i] = intern(h, table.concat(content))
  end
  local name, value = args[at + count + 1], args[at + count + 2]
  if sub(name, 1, 1) == 'c' then name = 'c' .. id_bytes(ids[byte(name, 2)]) .. sub(name, 3) end
  value = sub(value, 1, 1) .. id_bytes(ids[byte(value, 2)]) .. id_bytes(ids[byte(value, 3)]) .. sub(value, 4)
  return name, value, at + count + 3
end

local function chat_name(h, field)
  local id, at = read_id(field, 2)
  return sub(h.rows[id], 2) .. sub(field, at)
end

local function drop(h, overflow, name)
  local entry = h.entries[name]
  if sub(name, 1, 1) == 'c' then
    redis.call('ZADD', overflow.key, entry.time, chat_name(h, name))
    redis.call('ZREMRANGEBYRANK', overflow.key, 0, -MAX_OVERFLOW - 1)
    redis.call('EXPIRE', overflow.key, overflow.ttl_s)
  else
    h.seen[facts(entry)] = nil
  end
  h.entries[name] = nil
end

local function older(best, name, entry)
  return not best or entry.time < best.time or (entry.time == best.time and name < best.name)
end

local function trim(h, overflow)
  local visible, hidden, pending = 0, 0, 0
  local oldest = {}
  for name, entry in pairs(h.entries) do
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
    if older(oldest[kind], name, entry) then oldest[kind] = {name = name, time = entry.time} end
  end
  if hidden > MAX_HIDDEN then drop(h, overflow, oldest.hidden.name) end
  if visible <= MAX_ENTRIES then return end
  local gone = oldest.proven
  if pending > PENDING_KEPT then gone = oldest.unproven or oldest.reported end
  drop(h, overflow, gone.name)
end

local function set(h, name, entry)
  if not h.entries[name] then h.order[#h.order + 1] = name end
  h.entries[name] = entry
end

-- Adds or replaces an entry; a chat's proof and marks never get weaker by it. True if it is new.
local function put(h, overflow, name, value)
  local entry = parse(value)
  if name == 's' then
    local same = facts(entry)
    if h.seen[same] then return false end
    h.sign_ins = h.sign_ins + 1
    name = 's' .. h.sign_ins
    h.seen[same] = name
    set(h, name, entry)
    trim(h, overflow)
    return true
  end
  local old = h.entries[name]
  if old and not has(HIDDEN, old.marks) then
    if has(HIDDEN, entry.marks) then return false end
    local proof = math.max(old.marks % 8, entry.marks % 8)
    local reported = (has(REPORTED, old.marks) or has(REPORTED, entry.marks)) and REPORTED or 0
    local failed = (has(FAILED, old.marks) or has(FAILED, entry.marks)) and FAILED or 0
    entry.marks = proof + reported + failed
  end
  set(h, name, entry)
  trim(h, overflow)
  return not old or has(HIDDEN, old.marks)
end

-- Inserts or replaces an incident; beyond the bound, the one that ended longest ago goes.
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
  for i = 1, count do redis.call('XADD', outbox, '*', 'a', args[at + i - 1]) end
  local over = count > 0 and redis.call('XLEN', outbox) - tonumber(kept) or 0
  if over > 0 then
    -- Nobody takes them: the oldest go, and are counted where the worker and `cuelight doctor` look.
    redis.call('INCRBY', outbox .. ':lost', redis.call('XTRIM', outbox, 'MAXLEN', kept))
  end
end

-- Tells the archive that a chat changed, with what changed it. On a Cluster the day's list lies in another slot, and the
-- caller tells it afterwards (`redis_journal.py`).
local function journal(name)
  if KEYS[1] ~= 'cl:epoch' then return end
  local day = 'cl:v:' .. math.floor(redis.call('TIME')[1] / 86400)
  if redis.call('RPUSH', day, name) == 1 then redis.call('EXPIRE', day, JOURNAL_S) end
end
