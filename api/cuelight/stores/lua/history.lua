-- Shared by every script that writes a history (put in front of it when loaded).
-- The layout is told in codec_history.py, the rules of bounds in bounds.py.
local VERSION = 1
local REPORTED, FAILED, HIDDEN = 8, 16, 32
local MAX_ENTRIES, PENDING_KEPT, MAX_HIDDEN, MAX_OVERFLOW = 64, 16, 16, 10000
local MAX_EVENTS, MAX_INCIDENTS = 32, 16

local byte, char, sub = string.byte, string.char, string.sub

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
  if tomb == 'moved' then error('REKEYED') end
  return tonumber(tomb)
end

local function has(mark, marks)
  return math.floor(marks / mark) % 2 == 1
end

local function id_bytes(id)
  if id < 128 then return char(id) end
  return char(128 + id % 128, math.floor(id / 128))
end

local function read_id(s, at)
  local first = byte(s, at)
  if first < 128 then return first, at + 1 end
  return first - 128 + byte(s, at + 1) * 128, at + 2
end

local function read_time(s, at)
  local value = 0
  for i = at, at + 6 do value = value * 256 + byte(s, i) end
  return value
end

-- An entry's fields that the rules look at. `facts` ends where the time ends.
local function parse(value)
  local entry = {value = value, marks = byte(value, 1)}
  entry.origin, entry.at = read_id(value, 2)
  entry.device, entry.at = read_id(value, entry.at)
  entry.facts = sub(value, 2, entry.at + 6)
  entry.time = read_time(value, entry.at)
  return entry
end

local function open(key)
  local h = {key = key, rows = {}, ids = {}, last_id = 0, entries = {}, order = {}, seen = {}, events = {}, sign_ins = 0}
  local blob = redis.call('GET', key)
  h.found = blob and true or false
  if not blob then return h end
  if byte(blob, 1) ~= VERSION then error('a history of another format') end
  local count, id, length, at
  count, at = read_id(blob, 2)
  for _ = 1, count do
    id, at = read_id(blob, at)
    length, at = read_id(blob, at)
    local content = sub(blob, at, at + length - 1)
    h.rows[id], h.ids[content] = content, id
    if id > h.last_id then h.last_id = id end
    at = at + length
  end
  count, at = read_id(blob, at)
  for i = 1, count do
    length, at = read_id(blob, at)
    local name = sub(blob, at, at + length - 1)
    at = at + length
    length, at = read_id(blob, at)
    local entry = parse(sub(blob, at, at + length - 1))
    at = at + length
    if name == 's' then
      h.sign_ins = h.sign_ins + 1
      name = 's' .. h.sign_ins
      h.seen[entry.facts] = name
    end
    h.entries[name], h.order[i] = entry, name
  end
  count, at = read_id(blob, at)
  for i = 1, count do
    length, at = read_id(blob, at)
    h.events[i] = sub(blob, at, at + length - 1)
    at = at + length
  end
  return h
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
    h.seen[entry.facts] = nil
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

local function set(h, name, value)
  if not h.entries[name] then h.order[#h.order + 1] = name end
  h.entries[name] = parse(value)
end

-- Adds or replaces an entry; a chat's proof and marks never get weaker by it. True if it is new.
local function put(h, overflow, name, value)
  if name == 's' then
    local facts = parse(value).facts
    if h.seen[facts] then return false end
    h.sign_ins = h.sign_ins + 1
    name = 's' .. h.sign_ins
    h.seen[facts] = name
    set(h, name, value)
    trim(h, overflow)
    return true
  end
  local old = h.entries[name]
  local marks = byte(value, 1)
  if old and not has(HIDDEN, old.marks) then
    if has(HIDDEN, marks) then return false end
    local proof = math.max(old.marks % 8, marks % 8)
    local reported = (has(REPORTED, old.marks) or has(REPORTED, marks)) and REPORTED or 0
    local failed = (has(FAILED, old.marks) or has(FAILED, marks)) and FAILED or 0
    value = char(proof + reported + failed) .. sub(value, 2)
  end
  set(h, name, value)
  trim(h, overflow)
  return not old or has(HIDDEN, old.marks)
end

-- Which rows anything refers to.
local function used_rows(h)
  local used = {}
  local function mark(id)
    if id == 0 or used[id] then return end
    used[id] = true
    local row, at, ref = h.rows[id], 2, nil
    for _ = 1, byte(row, 1) % 8 do
      ref, at = read_id(row, at)
      mark(ref)
    end
  end
  for name, entry in pairs(h.entries) do
    mark(entry.origin)
    mark(entry.device)
    if sub(name, 1, 1) == 'c' then mark((read_id(name, 2))) end
  end
  return used
end

-- Writes the history, without rows nothing refers to any more, and renews its life time.
local function close(h, ttl_s)
  local used = used_rows(h)
  local rows, entries, events = {}, {}, {}
  for id = 1, h.last_id do
    if used[id] then rows[#rows + 1] = id_bytes(id) .. id_bytes(#h.rows[id]) .. h.rows[id] end
  end
  for _, name in ipairs(h.order) do
    local entry = h.entries[name]
    if entry then
      if sub(name, 1, 1) == 's' then name = 's' end
      entries[#entries + 1] = id_bytes(#name) .. name .. id_bytes(#entry.value) .. entry.value
    end
  end
  for i, event in ipairs(h.events) do events[i] = id_bytes(#event) .. event end
  redis.call('SET', h.key, table.concat({
    char(VERSION),
    id_bytes(#rows), table.concat(rows),
    id_bytes(#entries), table.concat(entries),
    id_bytes(#events), table.concat(events),
  }), 'EX', ttl_s)
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
