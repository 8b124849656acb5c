import { isJsonObject, type Json } from '../../src/core/json.ts';

/** What may stand in the place of any value: readers get what they did not expect. */
const ODD_VALUES: readonly string[] = [
  ...['null', 'true', 'false', '-1', '0', '1', '0.5', '1e308', '9007199254740993', '""', '{}', '[]', '[1]', '[null]'],
  ...['[[]]', '[{}]', '{"type":1}', '{"__proto__":{"a":1}}', '"constructor"', '"__proto__"', '"toString"', '"length"'],
  ...[
    '"text"',
    '"tool_use"',
    '"tool_result"',
    '"thinking"',
    '"function"',
    '"custom"',
    '"system"',
    '"assistant"',
    '"user"',
  ],
  ...[
    '"tool"',
    '"auto"',
    '"none"',
    '"required"',
    '"ephemeral"',
    '"web_search"',
    '"image"',
    '"json_schema"',
    '"reasoning"',
  ],
  ...['"\\ud800"', '"\\u0000"', '"ezm1.AAAA"', '"data:image/png;base64,AAAA"', '"https://example.com/a.png"', '"high"'],
  ...['{"type":"text","text":""}', '{"type":"ephemeral","ttl":"1h"}', '{"role":"user","content":"x"}', '{"name":"x"}'],
];

/** Keys that mean something somewhere, and some that mean something to the language. */
const ODD_KEYS: readonly string[] = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'extra', 'type', 'role', 'content', 'name', 'id'],
  ...[
    'cache_control',
    'tool_calls',
    'function_call',
    'reasoning_details',
    'thinking',
    'tool_choice',
    'metadata',
    'stop',
  ],
  ...['input', 'arguments', 'encrypted_content', 'is_error', 'strict', 'stream', 'response_format', 'tools', 'usage'],
];

/** Picks a whole number below a limit. */
export type Below = (limit: number) => number;

/** One of a list, which must have any. */
export function chosen<Item>(items: readonly Item[], below: Below): Item {
  const item = items[below(items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

/** The value with a few things in it replaced, removed, repeated, exchanged or added; the value itself stays as it was. */
export function mutateJson(value: Json, below: Below): Json {
  let mutated: Json = structuredClone(value);
  for (let left = 1 + below(3); left > 0; left--) mutated = mutateSomewhere(mutated, below);
  return mutated;
}

/** Goes down at random, and changes what it finds where it stops. */
function mutateSomewhere(value: Json, below: Below): Json {
  if (Array.isArray(value) && value.length > 0) {
    const at = below(value.length);
    if (below(4) > 0) return value.with(at, mutateSomewhere(value[at] ?? null, below));
    return mutateList(value, at, below);
  }
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    const keys = Object.keys(value);
    const key = keys[below(keys.length)] ?? '';
    if (below(4) > 0) return withKey(value, key, mutateSomewhere(value[key] ?? null, below));
    const { [key]: _removed, ...others } = value;
    return below(2) === 0 ? others : withKey(value, ODD_KEYS[below(ODD_KEYS.length)] ?? 'x', oddValue(below));
  }
  return oddValue(below);
}

function mutateList(list: Json[], at: number, below: Below): Json[] {
  const element = list[at] ?? null;
  switch (below(4)) {
    case 0:
      return list.toSpliced(at, 1);
    case 1:
      return list.toSpliced(at, 0, structuredClone(element));
    case 2:
      return [element, ...list.toSpliced(at, 1)];
    default:
      return list.toSpliced(at, 0, oddValue(below));
  }
}

function oddValue(below: Below): Json {
  return JSON.parse(ODD_VALUES[below(ODD_VALUES.length)] ?? 'null');
}

/** By entries, as `JSON.parse` would: `__proto__` is a key like any other. */
function withKey(object: { [key: string]: Json }, key: string, value: Json): Json {
  return Object.fromEntries([...Object.entries(object), [key, value]]);
}
