-- A page of a home timeline: the ids of a ready list, and the tweet of each.
local page = {}
for place, id in ipairs(redis.call('LRANGE', KEYS[1], 0, 19)) do
  page[place] = redis.call('HGETALL', 'tweet:' .. id)
end
return page
