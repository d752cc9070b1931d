-- A history, written again. Shared by every script that changes one; comes between `layout.lua` and `history.lua`.

-- What is written: pieces of the blob, of which the one from `from` to before `to` may go on, and new bytes between them.
local function keep(out, from, to)
  if from ~= out.to then
    if out.from < out.to then out[#out + 1] = sub(out.blob, out.from, out.to - 1) end
    out.from = from
  end
  out.to = to
end

local function add(out, bytes)
  keep(out, 0, 0)
  out[#out + 1] = bytes
end

-- Gives a row the number behind `number`, unless nothing refers to it, and marks what it refers to. Returns the last given.
local function number_row(h, id, number, referred, numbers)
  if not numbers[id] then return number end
  numbers[id] = number + 1
  if referred then
    local s, at, refs = row_of(h, id)
    local ref
    for _ = 1, refs do
      ref, at = read_id(s, at)
      numbers[referred + ref] = true
    end
  end
  return number + 1
end

-- The number each row is going to have among its kind (false: nothing refers to it), how many are left of each kind, and of
-- which kinds there are rows whose number changes. Where nothing went, all are referred to.
local function renumber(h)
  local numbers, left, moved, base = {}, by_kind(), by_kind(), h.base
  for id = 1, #h.at do numbers[id] = not h.shrunk end
  for _, entry in ipairs(h.shrunk and h.entries or {}) do
    numbers[base[ADDRESS] + entry.origin], numbers[base[DEVICE] + entry.device] = true, true
    if entry.account then numbers[base[ACCOUNT] + entry.account] = true end
  end
  for i = #LAYOUT, 1, -1 do
    local kind, number = LAYOUT[i], 0
    local referred, none, id = h.shrunk and base[REFERS[kind]], base[kind], h.after[h.top[kind]]
    for row = none + 1, h.top[kind] do
      number = number_row(h, row, number, referred, numbers)
      if numbers[row] and number ~= row - none then moved[kind] = true end
    end
    while id do
      number = number_row(h, id, number, referred, numbers)
      id = h.after[id]
    end
    left[kind], numbers[none] = number, 0
  end
  return numbers, left, moved
end

local function spell_row(h, id, referred, numbers)
  local s, at, refs, length = row_of(h, id)
  local spelled, ref = row_head(refs, length), nil
  for _ = 1, refs do
    ref, at = read_id(s, at)
    spelled = spelled .. id_bytes(numbers[referred + ref])
  end
  return spelled .. sub(s, at, at + length - 1)
end

local function write_rows(h, out)
  local starts, numbers, left, moved = h.at, renumber(h)
  for _, kind in ipairs(LAYOUT) do
    local base, top, refers = h.base[kind], h.top[kind], REFERS[kind]
    local referred, same = h.base[refers], not moved[refers]
    if left[kind] == top - base then keep(out, starts[base], starts[base + 1]) else add(out, id_bytes(left[kind])) end
    for id = base + 1, top do
      if numbers[id] then
        if same then keep(out, starts[id], starts[id + 1]) else add(out, spell_row(h, id, referred, numbers)) end
      end
    end
    local id = h.after[top]
    while id do
      if numbers[id] then add(out, spell_row(h, id, referred, numbers)) end
      id = h.after[id]
    end
  end
  return numbers
end

-- What stands behind an entry's time (microseconds, log-odds), and which marks of its head tell of what is there.
local function rest_of(h, entry)
  local blob, at = h.blob, entry.at
  if not at then
    local micros = entry.time % 1000
    local flags = (entry.id and CHAT or 0) + (entry.odds ~= '' and SCORED or 0) + (micros > 0 and MICROS or 0)
    return (micros > 0 and char(floor(micros / 256), micros % 256) or '') .. entry.odds, flags
  end
  local head, pair = byte(blob, at, at + 1)
  local _
  at = at + 2
  if pair == 255 then
    _, at = read_id(blob, at)
    _, at = read_id(blob, at)
  end
  _, at = read_varint(blob, at)
  return sub(blob, at, (entry.chat or entry.to) - 1), head - head % 32
end

local function spell_entry(h, entry, origin, device, account, delta)
  local rest, flags = rest_of(h, entry)
  local head = flags + (has(HIDDEN, entry.marks) and HIDDEN_PROOF or entry.marks)
  local pair = origin < 15 and device < 15 and char(origin * 16 + device) or char(255) .. id_bytes(origin) .. id_bytes(device)
  local spelled = char(head) .. pair .. varint(delta >= 0 and 2 * delta or -2 * delta - 1) .. rest
  if not account then return spelled end
  local id = packed_id(h, entry)
  local form = byte(id, 1)
  return spelled .. (account < 15 and char(account * 16 + form) or char(240 + form) .. id_bytes(account)) .. sub(id, 2)
end

local function write_entries(h, out, numbers)
  local base, time = h.base, 0
  local _, before = read_id(h.blob, h.entries_at)
  for _, entry in ipairs(h.entries) do
    local origin, device, account = entry.origin, entry.device, entry.account
    if numbers then
      origin, device = numbers[base[ADDRESS] + origin], numbers[base[DEVICE] + device]
      account = account and numbers[base[ACCOUNT] + account]
    end
    local same = origin == entry.origin and device == entry.device and account == entry.account
    if same and before and entry.at == before and not entry.marked then
      keep(out, before, entry.to)
    else
      add(out, spell_entry(h, entry, origin, device, account, floor(entry.time / 1000) - floor(time / 1000)))
    end
    before, time = entry.to, entry.time
  end
end

-- Writes the history, without rows nothing refers to any more, and renews its life time.
local function close(h, ttl_s)
  local out, numbers = {blob = h.blob, from = 1, to = 2}, nil
  if h.grown or h.shrunk then numbers = write_rows(h, out) else keep(out, 2, h.entries_at) end
  add(out, id_bytes(#h.entries))
  write_entries(h, out, numbers)
  if h.events then
    add(out, id_bytes(#h.events))
    for _, event in ipairs(h.events) do add(out, id_bytes(#event) .. event) end
  else
    keep(out, h.events_at, #h.blob + 1)
  end
  add(out, '')
  redis.call('SET', h.key, table.concat(out), 'EX', ttl_s)
end
