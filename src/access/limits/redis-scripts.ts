import { scriptOf } from '../redis/connection.ts';

/**
 * Shared by both scripts: how much of a bucket is spent, and how that is written. Time is that of Redis, the same for all
 * nodes; where it is set back nothing flows back until it has caught up with itself, at most a minute's worth.
 *
 * KEYS: the nodes, then one for each bucket. ARGV: this node, the ms that a silent node counts, how many of the buckets (the
 * first ones) are to be corrected before anything is taken, then per bucket its kind, capacity, units a ms, amount, and what is particular to its kind: `day`: what was used before Redis counted; `open`: the
 * places that this node holds in all.
 */
const BUCKETS = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local today = math.floor(now / 86400000)
local me = ARGV[1]
local patience = tonumber(ARGV[2])

local function bucketAt(i)
  local base = 3 + (i - 1) * 5
  return { key = KEYS[i + 1], kind = ARGV[base + 1], capacity = tonumber(ARGV[base + 2]), refill = tonumber(ARGV[base + 3]),
    amount = tonumber(ARGV[base + 4]), extra = tonumber(ARGV[base + 5]) }
end

local function isAlive(node)
  local seen = redis.call('ZSCORE', KEYS[1], node)
  return seen and tonumber(seen) > now - patience
end

local function pair(key)
  local raw = redis.call('GET', key)
  if not raw then return nil end
  local first, second = string.match(raw, '^(%S+) (%S+)$')
  return tonumber(first), tonumber(second)
end

local function spentOf(bucket)
  if bucket.kind == 'rate' then
    local spent, at = pair(bucket.key)
    if not spent then return 0 end
    return math.max(0, spent - math.max(0, now - at) * bucket.refill)
  end
  if bucket.kind == 'day' then
    local spent, day = pair(bucket.key)
    if not spent then return bucket.extra end
    if day < today then return 0 end
    return spent
  end
  local others = 0
  local held = redis.call('HGETALL', bucket.key)
  for j = 1, #held, 2 do
    if held[j] ~= me then
      if isAlive(held[j]) then others = others + tonumber(held[j + 1]) else redis.call('HDEL', bucket.key, held[j]) end
    end
  end
  return others + bucket.extra
end

local function write(bucket, spent)
  if bucket.kind == 'rate' then
    if spent <= 0 then redis.call('DEL', bucket.key) return end
    local life = math.min(2 ^ 40, math.ceil(spent / bucket.refill) + 1000)
    redis.call('SET', bucket.key, string.format('%.6f %.3f', spent, now), 'PX', string.format('%d', life))
  elseif bucket.kind == 'day' then
    local known, day = pair(bucket.key)
    redis.call('SET', bucket.key, string.format('%.0f %d', spent, math.max(day or 0, today)), 'PX', 172800000)
  elseif bucket.extra > 0 then
    redis.call('HSET', bucket.key, me, bucket.extra)
    redis.call('PEXPIRE', bucket.key, patience * 6)
  else
    redis.call('HDEL', bucket.key, me)
  end
end

local function correct(bucket)
  local spent = spentOf(bucket)
  if bucket.amount ~= 0 then
    if bucket.kind ~= 'open' then spent = math.max(0, spent + bucket.amount) end
    write(bucket, spent)
  end
  return spent
end
`;

/** Books the corrections, then takes all or nothing. Answers the index (from 1) of the bucket that refused, or 0, then the time, then what is spent of each. */
export const TAKE = scriptOf(`${BUCKETS}
local late = tonumber(ARGV[3])
for i = 1, late do correct(bucketAt(i)) end
local refused = 0
local buckets, spent = {}, {}
for i = 1, #KEYS - 1 - late do
  local bucket = bucketAt(i + late)
  buckets[i] = bucket
  spent[i] = spentOf(bucket)
  -- What this node holds was sent with the place that is asked for counted in.
  if bucket.kind == 'open' then spent[i] = spent[i] - bucket.amount end
  if refused == 0 and spent[i] + math.min(bucket.amount, bucket.capacity) - bucket.capacity > 1e-6 then refused = i end
end
local answer = { refused, string.format('%.0f', now) }
for i, bucket in ipairs(buckets) do
  if refused == 0 then
    spent[i] = spent[i] + bucket.amount
    write(bucket, spent[i])
  end
  answer[i + 2] = string.format('%.6f', spent[i])
end
return answer
`);

/** Books corrections, and writes down how many places this node holds. Answers as {@link TAKE}; with amounts of 0 it only reads. */
export const ADJUST = scriptOf(`${BUCKETS}
local answer = { 0, string.format('%.0f', now) }
for i = 1, #KEYS - 1 do
  answer[i + 2] = string.format('%.6f', correct(bucketAt(i)))
end
return answer
`);

/** Says that this node is alive, writes down the places that it holds, and answers how many nodes are alive. */
export const BEAT = scriptOf(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local patience = tonumber(ARGV[2])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - patience)
redis.call('PEXPIRE', KEYS[1], patience * 6)
for i = 2, #KEYS do
  local held = tonumber(ARGV[i + 1])
  if held > 0 then
    redis.call('HSET', KEYS[i], ARGV[1], held)
    redis.call('PEXPIRE', KEYS[i], patience * 6)
  else
    redis.call('HDEL', KEYS[i], ARGV[1])
  end
end
return redis.call('ZCARD', KEYS[1])
`);
