-- What the scripts about a channel's queue share. KEYS of all of them: epoch, then as named here. ARGV[1]: epoch
-- prefix. A place in the queue is 'group|number|id': by name, so that a group's oldest is found at once.
local ALERTS, ORDER, DUE, CLAIMED, SEEN = KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local FORGOTTEN, DEAD, TRIES, NUMBERS, LOG = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local call = redis.call
local epoch = call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then return redis.error_reply('EPOCH') end

local function places(group, count)
  -- '}' is the character after '|'.
  return call('ZRANGEBYLEX', ORDER, '[' .. group .. '|', '(' .. group .. '}', 'LIMIT', 0, count)
end

local function read_place(place) return string.match(place, '^(.-)|%d+|(.+)$') end

local function drop(id) call('HDEL', ALERTS, id) call('HDEL', TRIES, id) end

-- A group is due, or claimed, or empty; never two of these.
local function release(group, due)
  if #places(group, 1) > 0 then call('ZADD', DUE, due, group) else call('ZREM', DUE, group) end
end

local function put_last(group, id, now)
  local number = call('HINCRBY', NUMBERS, 'number', 1)
  call('ZADD', ORDER, 0, string.format('%s|%015d|%s', group, number, id))
  if not call('ZSCORE', CLAIMED, group) then call('ZADD', DUE, 'NX', now, group) end
end

local function bury(group, id, kept)
  call('ZADD', DEAD, call('HINCRBY', NUMBERS, 'buried', 1), group .. '|' .. id)
  local over = call('ZCARD', DEAD) - kept
  if over > 0 then
    for _, old in ipairs(call('ZRANGE', DEAD, 0, over - 1)) do
      drop((string.match(old, '|(.+)$')))
      call('ZREM', DEAD, old)
      call('HINCRBY', NUMBERS, 'lost', 1)
    end
  end
end
