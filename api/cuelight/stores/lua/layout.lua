-- A history's bytes and how they are read. Shared by every script that changes one; `writing.lua` and `history.lua` follow.
-- The layout is told in codec_history.py. A history is read where it lies: of a row is known where it begins, of an entry a few
-- numbers, and what nobody changed is written as it stood, in as few pieces as may be. For a string or table of its own
-- takes a place anywhere in the server's memory, and the more of that there is, the longer it takes to get there.
local VERSION = 2
-- Kinds of rows in the order they are stored in, and which kind a row of a kind refers to: one that comes before it.
local ACCOUNT, ADDRESS, PREFIXES, NETWORK, DEVICE, COMPONENT, MODEL = 0, 1, 2, 3, 4, 5, 6
local LAYOUT = {ACCOUNT, NETWORK, PREFIXES, ADDRESS, COMPONENT, MODEL, DEVICE}
local REFERS = {[PREFIXES] = NETWORK, [ADDRESS] = PREFIXES, [MODEL] = COMPONENT, [DEVICE] = MODEL}
local NOTHING = '\2' .. string.rep('\0', #LAYOUT + 2)
local HIDDEN_PROOF, CHAT, SCORED, MICROS = 7, 32, 64, 128
local REPORTED, FAILED, HIDDEN = 8, 16, 32

local byte, char, sub, floor = string.byte, string.char, string.sub, math.floor

local function has(mark, marks)
  return floor(marks / mark) % 2 == 1
end

local function id_bytes(id)
  if id < 128 then return char(id) end
  return char(128 + id % 128, floor(id / 128))
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
    value = floor(value / 128)
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
      value = floor(value / 256)
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

local function unpack_id(packed)
  local form = byte(packed, 1)
  if form == 0 then
    local _, at = read_id(packed, 2)
    return sub(packed, at)
  elseif form < 9 then
    local value = 0
    for i = 2, #packed do value = value * 256 + byte(packed, i) end
    return string.format('%.0f', value)
  elseif form == 9 then
    return hexadecimal(sub(packed, 3))
  end
  local plain = hexadecimal(sub(packed, 2))
  local parts = {sub(plain, 1, 8), sub(plain, 9, 12), sub(plain, 13, 16), sub(plain, 17, 20), sub(plain, 21)}
  return table.concat(parts, '-')
end

-- A table with a place for each kind: one that grows is made anew three times.
local function by_kind()
  return {[ACCOUNT] = false, false, false, false, false, false, false}
end

-- What a row begins with.
local function row_head(refs, length)
  return length < 63 and char(refs * 64 + length) or char(refs * 64 + 63) .. id_bytes(length)
end

-- Where a row's references begin, how many they are, and how long its payload is.
local function read_row(s, at)
  local head = byte(s, at)
  local length = head % 64
  if length == 63 then
    local long, refs_at = read_id(s, at + 1)
    return refs_at, floor(head / 64), long
  end
  return at + 1, (head - length) / 64, length
end

-- Rows of a kind are numbered from 1; 0 is none. h.at[h.base[kind] + number] tells where a row begins in the blob: number 0
-- where the list does (with its count), and what comes behind h.top[kind] where it ends. Rows that are added come behind
-- all of these, as the bytes they are going to be, each told of by h.after of the one before it among its kind.
local function open_rows(h, blob, at)
  local starts, id = h.at, 0
  for _, kind in ipairs(LAYOUT) do
    local count, length
    starts[id] = at
    count, at = read_id(blob, at)
    h.base[kind], h.top[kind] = id, id + count
    for row = id + 1, id + count do
      starts[row] = at
      local head = byte(blob, at)
      length, at = head % 64, at + 1
      if length == 63 then length, at = read_id(blob, at) end
      for _ = 64, head, 64 do at = at + (byte(blob, at) < 128 and 1 or 2) end
      at = at + length
    end
    id = id + count + 1
    starts[id] = at
  end
  return at
end

-- Account and form of a chat's id, and where its bytes begin.
local function read_chat(s, at)
  local first = byte(s, at)
  local form = first % 16
  if first >= 240 then
    local account, start = read_id(s, at + 1)
    return account, form, start
  end
  return (first - form) / 16, form, at + 1
end

local function skip_id(s, form, at)
  if form == 0 then
    local length, start = read_id(s, at)
    return start + length
  elseif form == 9 then
    return at + 1 + byte(s, at)
  end
  return at + (form < 9 and form or 16)
end

-- An entry as it lies in the blob, and its time for the next to count from. Of a chat, `chat` is where its account stands.
local function open_entry(blob, start, time_ms)
  local head, pair = byte(blob, start, start + 1)
  local origin, device, at = floor(pair / 16), pair % 16, start + 2
  local delta, chat, account, form
  if pair == 255 then
    origin, at = read_id(blob, at)
    device, at = read_id(blob, at)
  end
  delta, at = read_varint(blob, at)
  time_ms = time_ms + (delta % 2 == 1 and -(delta + 1) or delta) / 2
  local time, marks = time_ms * 1000, head % 32
  if head >= MICROS then
    time = time + byte(blob, at) * 256 + byte(blob, at + 1)
    at = at + 2
  end
  if head % 128 >= SCORED then at = at + (byte(blob, at) >= 128 and 9 or 2) end
  if head % 64 >= CHAT then
    chat = at
    account, form, at = read_chat(blob, at)
    at = skip_id(blob, form, at)
  end
  if head % 8 == HIDDEN_PROOF then marks = HIDDEN end
  return {marks = marks, time = time, origin = origin, device = device, account = account, chat = chat, at = start, to = at},
    time_ms
end

-- `grown`: rows were added. `shrunk`: to some row nothing may refer any more, for an entry went, changed or was not taken.
local function open(key)
  local blob = redis.call('GET', key) or NOTHING
  if byte(blob, 1) ~= VERSION then error('a history of another format') end
  local h = {key = key, blob = blob, at = {}, base = by_kind(), top = by_kind(), after = {}, last = 0,
    grown = false, shrunk = false, entries = {}, entries_at = 0, events = false, events_at = 0}
  h.entries_at = open_rows(h, blob, 2)
  h.last = #h.at
  local count, at = read_id(blob, h.entries_at)
  local time_ms = 0
  for i = 1, count do
    h.entries[i], time_ms = open_entry(blob, at, time_ms)
    at = h.entries[i].to
  end
  h.events_at = at
  return h
end

-- Account events as they are stored. What becomes of the list is written.
local function events(h)
  if h.events then return h.events end
  local count, at = read_id(h.blob, h.events_at)
  local length
  h.events = {}
  for i = 1, count do
    length, at = read_id(h.blob, at)
    h.events[i] = sub(h.blob, at, at + length - 1)
    at = at + length
  end
  return h.events
end

-- An entry's chat without its account, as it is stored: form and bytes.
local function packed_id(h, entry)
  if entry.id then return entry.id end
  local _, form, at = read_chat(h.blob, entry.chat)
  return char(form) .. sub(h.blob, at, entry.to - 1)
end

-- A row: the string it is part of, where its references begin, how many they are, how long its payload is.
local function row_of(h, id)
  local at = h.at[id]
  if id > h.last then return at, read_row(at, 1) end
  return h.blob, read_row(h.blob, at)
end
