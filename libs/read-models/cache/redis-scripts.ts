/**
 * Each runs whole or not at all. KEYS: the key and the key of its position. ARGV: the position, the time to live of the
 * key and of its position in seconds, then the content. Positions stay below 2^53, where Lua's numbers are exact.
 */
const NEWER_IS_HELD = `
local held = redis.call('GET', KEYS[2])
if held and tonumber(held) > tonumber(ARGV[1]) then return 'STALE' end
`;

const HOLD_POSITION = `
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
return 'APPLIED'
`;

export const SET_SCRIPT = `${NEWER_IS_HELD}
redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[2])
${HOLD_POSITION}`;

/** replaces the list by the content, newest first; no content leaves no key */
export const FILL_SCRIPT = `${NEWER_IS_HELD}
redis.call('DEL', KEYS[1])
for i = 4, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
${HOLD_POSITION}`;

/** ARGV[4] is the greatest length; the content after it is newest first, so it is pushed from its end */
export const PREPEND_SCRIPT = `
local held = redis.call('GET', KEYS[2])
if held and tonumber(held) >= tonumber(ARGV[1]) then return 'STALE' end
if not held or redis.call('EXISTS', KEYS[1]) == 0 then return 'MISSING' end
for i = #ARGV, 5, -1 do redis.call('LPUSH', KEYS[1], ARGV[i]) end
redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[4]) - 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
${HOLD_POSITION}`;

/** KEYS: the key of the checkpoint. ARGV: the position. */
export const SAVE_CHECKPOINT_SCRIPT = `
local held = redis.call('GET', KEYS[1])
if not held or tonumber(held) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return 'APPLIED'
`;
