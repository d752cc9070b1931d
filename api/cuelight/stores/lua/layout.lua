-- A history's bytes: read, and written again. Shared by every script that changes one; comes before `history.lua`.
-- The layout is told in codec_history.py. In between, rows and entries are spelled out as messages are (codec_entry.py).
local VERSION = 2
-- Kinds of rows in the order they are stored in, and which kind a row of a kind refers to.
local ACCOUNT, ADDRESS, PREFIXES, NETWORK, DEVICE, COMPONENT, MODEL = 0, 1, 2, 3, 4, 5, 6
local LAYOUT = {ACCOUNT, NETWORK, PREFIXES, ADDRESS, COMPONENT, MODEL, DEVICE}
local REFERS = {[PREFIXES] = NETWORK, [ADDRESS] = PREFIXES, [MODEL] = COMPONENT, [DEVICE] = MODEL}
local HIDDEN_PROOF, CHAT, SCORED, MICROS = 7, 32, 64, 128
local REPORTED, FAILED, HIDDEN = 8, 16, 32

local byte, char, sub = string.byte, string.char, string.sub

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

-- An entry as messages spell it, taken apart.
local function parse(value)
  local entry, at = {marks = byte(value, 1)}, nil
  entry.origin, at = read_id(value, 2)
  entry.device, at = read_id(value, at)
  entry.time = read_time(value, at)
  entry.odds = sub(value, at + 7)
  return entry
end

-- What makes two sign-ins the same.
local function facts(entry)
  return string.format('%d:%d:%.0f', entry.origin, entry.device, entry.time)
end

local function read_varint(s, at)
  local value, scale = 0, 1
  while true do
    local part = byte(s, at)
    at = at + 1
    if part < 128 then return value + part * scale, at end
    value, scale = value + (part - 128) * scale, scale * 128
  end
end

local function varint(value)
  local out = ''
  while value > 127 do
    out = out .. char(128 + value % 128)
    value = math.floor(value / 128)
  end
  return out .. char(value)
end

local function hexadecimal(bytes)
  return (string.gsub(bytes, '.', function(c) return string.format('%02x', byte(c)) end))
end

local function unhex(text)
  return (string.gsub(text, '..', function(two) return char(tonumber(two, 16)) end))
end

-- A chat id with its form in front: decimal, hexadecimal, UUID or text.
local function pack_id(id)
  if #id <= 15 and string.find(id, '^[1-9]%d*$') then
    local value, bytes = tonumber(id), ''
    while value > 0 do
      bytes = char(value % 256) .. bytes
      value = math.floor(value / 256)
    end
    return char(#bytes) .. bytes
  end
  if #id % 2 == 0 and #id >= 4 and #id <= 510 and string.find(id, '^[0-9a-f]+$') then
    return char(9, #id / 2) .. unhex(id)
  end
  if #id == 36 and string.find(id, '^[0-9a-f-]+$') then
    local plain = string.gsub(id, '-', '')
    local dashes = sub(id, 9, 9) .. sub(id, 14, 14) .. sub(id, 19, 19) .. sub(id, 24, 24)
    if #plain == 32 and dashes == '----' then return char(10) .. unhex(plain) end
  end
  return char(0) .. id_bytes(#id) .. id
end

local function unpack_id(s, form, at)
  local length
  if form == 0 then
    length, at = read_id(s, at)
    return sub(s, at, at + length - 1), at + length
  elseif form < 9 then
    local value = 0
    for i = at, at + form - 1 do value = value * 256 + byte(s, i) end
    return string.format('%.0f', value), at + form
  elseif form == 9 then
    length = byte(s, at)
    return hexadecimal(sub(s, at + 1, at + length)), at + 1 + length
  end
  local plain = hexadecimal(sub(s, at, at + 15))
  local parts = {sub(plain, 1, 8), sub(plain, 9, 12), sub(plain, 13, 16), sub(plain, 17, 20), sub(plain, 21)}
  return table.concat(parts, '-'), at + 16
end

-- Reads the rows; answers with how many came before those of each kind, for entries to be numbered by.
local function open_rows(h, blob, at)
  local base, count, length, ref = {}, nil, nil, nil
  for _, kind in ipairs(LAYOUT) do
    base[kind] = h.last_id
    count, at = read_id(blob, at)
    for _ = 1, count do
      local head = byte(blob, at)
      local refs = math.floor(head / 64)
      local content = {char(kind * 8 + refs)}
      length, at = head % 64, at + 1
      if length == 63 then length, at = read_id(blob, at) end
      for r = 1, refs do
        ref, at = read_id(blob, at)
        content[r + 1] = id_bytes(base[REFERS[kind]] + ref)
      end
      content[refs + 2] = sub(blob, at, at + length - 1)
      at = at + length
      local row = table.concat(content)
      h.last_id = h.last_id + 1
      h.rows[h.last_id], h.ids[row] = row, h.last_id
    end
  end
  return base, at
end

local function open_entry(h, blob, at, base, time_ms)
  local head, pair = byte(blob, at, at + 1)
  local entry, id, delta = {}, nil, nil
  at = at + 2
  if pair == 255 then
    entry.origin, at = read_id(blob, at)
    entry.device, at = read_id(blob, at)
  else
    entry.origin, entry.device = math.floor(pair / 16), pair % 16
  end
  if entry.origin > 0 then entry.origin = entry.origin + base[ADDRESS] end
  if entry.device > 0 then entry.device = entry.device + base[DEVICE] end
  entry.marks = head % 8 == HIDDEN_PROOF and HIDDEN or head % 32
  delta, at = read_varint(blob, at)
  if delta % 2 == 1 then delta = -(delta + 1) end
  time_ms = time_ms + delta / 2
  entry.time = time_ms * 1000
  if has(MICROS, head) then
    entry.time = entry.time + byte(blob, at) * 256 + byte(blob, at + 1)
    at = at + 2
  end
  local odds = has(SCORED, head) and (byte(blob, at) >= 128 and 9 or 2) or 0
  entry.odds = sub(blob, at, at + odds - 1)
  at = at + odds
  local name
  if has(CHAT, head) then
    local account, form = math.floor(byte(blob, at) / 16), byte(blob, at) % 16
    at = at + 1
    if account == 15 then account, at = read_id(blob, at) end
    local start = at
    id, at = unpack_id(blob, form, at)
    name = 'c' .. id_bytes(base[ACCOUNT] + account) .. id
    h.packed_ids[name] = char(form) .. sub(blob, start, at - 1)
  else
    h.sign_ins = h.sign_ins + 1
    name = 's' .. h.sign_ins
    h.seen[facts(entry)] = name
  end
  h.entries[name], h.order[#h.order + 1] = entry, name
  return time_ms, at
end

local function open(key)
  local h = {key = key, rows = {}, ids = {}, last_id = 0, entries = {}, order = {}, seen = {}, events = {},
    sign_ins = 0, packed_ids = {}}
  local blob = redis.call('GET', key)
  h.found = blob and true or false
  if not blob then return h end
  if byte(blob, 1) ~= VERSION then error('a history of another format') end
  local base, at = open_rows(h, blob, 2)
  local count, length
  local time_ms = 0
  count, at = read_id(blob, at)
  for _ = 1, count do time_ms, at = open_entry(h, blob, at, base, time_ms) end
  count, at = read_id(blob, at)
  for i = 1, count do
    length, at = read_id(blob, at)
    h.events[i] = sub(blob, at, at + length - 1)
    at = at + length
  end
  return h
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

-- The rows kind by kind; answers with the place of each among its kind.
local function close_rows(h, out)
  local used, of_kind, place = used_rows(h), {}, {}
  for _, kind in ipairs(LAYOUT) do of_kind[kind] = {} end
  for id = 1, h.last_id do
    if used[id] then
      local same = of_kind[math.floor(byte(h.rows[id], 1) / 8)]
      same[#same + 1] = id
      place[id] = #same
    end
  end
  for _, kind in ipairs(LAYOUT) do
    out[#out + 1] = id_bytes(#of_kind[kind])
    for _, id in ipairs(of_kind[kind]) do
      local row = h.rows[id]
      local refs, numbers, at, ref = byte(row, 1) % 8, '', 2, nil
      for _ = 1, refs do
        ref, at = read_id(row, at)
        numbers = numbers .. id_bytes(place[ref])
      end
      local length = #row - at + 1
      local head = length < 63 and char(refs * 64 + length) or char(refs * 64 + 63) .. id_bytes(length)
      out[#out + 1] = head .. numbers .. sub(row, at)
    end
  end
  return place
end

local function close_entry(h, name, entry, place, time_ms, out)
  local chat = sub(name, 1, 1) == 'c'
  local micros = entry.time % 1000
  local delta = (entry.time - micros) / 1000 - time_ms
  local head = has(HIDDEN, entry.marks) and HIDDEN_PROOF or entry.marks
  if chat then head = head + CHAT end
  if entry.odds ~= '' then head = head + SCORED end
  if micros > 0 then head = head + MICROS end
  local origin, device = place[entry.origin] or 0, place[entry.device] or 0
  out[#out + 1] = char(head)
  if origin < 15 and device < 15 then
    out[#out + 1] = char(origin * 16 + device)
  else
    out[#out + 1] = char(255) .. id_bytes(origin) .. id_bytes(device)
  end
  out[#out + 1] = varint(delta >= 0 and 2 * delta or -2 * delta - 1)
  if micros > 0 then out[#out + 1] = char(math.floor(micros / 256), micros % 256) end
  out[#out + 1] = entry.odds
  if chat then
    local id, at = read_id(name, 2)
    local account = place[id]
    local packed = h.packed_ids[name] or pack_id(sub(name, at))
    local form = byte(packed, 1)
    out[#out + 1] = account < 15 and char(account * 16 + form) or char(240 + form) .. id_bytes(account)
    out[#out + 1] = sub(packed, 2)
  end
  return time_ms + delta
end

-- Writes the history, without rows nothing refers to any more, and renews its life time.
local function close(h, ttl_s)
  local out, entries, events = {char(VERSION)}, {}, {}
  local place = close_rows(h, out)
  local count, time_ms = 0, 0
  for _, name in ipairs(h.order) do
    local entry = h.entries[name]
    if entry then
      count = count + 1
      time_ms = close_entry(h, name, entry, place, time_ms, entries)
    end
  end
  for i, event in ipairs(h.events) do events[i] = id_bytes(#event) .. event end
  out[#out + 1] = id_bytes(count) .. table.concat(entries)
  out[#out + 1] = id_bytes(#events) .. table.concat(events)
  redis.call('SET', h.key, table.concat(out), 'EX', ttl_s)
end
