/** What may stand in the place of any value: JSON stays JSON, and its readers get what they did not expect. */
const ODD_VALUES = [
  ...['null', 'true', '-1', '0', '1', '2', '0.5', '1e308', '""', '{}', '[]', '[1]', '[null]', '{"__proto__":{"a":1}}'],
  ...['"constructor"', '"__proto__"', '"toString"', '"a"', '"length"', '"stop"', '"\\ud800"', '"message"'],
  ...['"reasoning"', '"function_call"', '"response.completed"', '"reasoning.text"'],
];

const VALUE = /:\s?(?:"(?:[^"\\]|\\.)*"|-?\d+|null|\{\}|\[\])/g;

/** The stream with some of its events left out, repeated, exchanged, or with an odd value in them. */
export function damageStream(bytes: Uint8Array, random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const events = Buffer.from(bytes)
    .toString()
    .split(/(?<=\n\n|\r\n\r\n)/);
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(events.length);
    const event = events[at] ?? '';
    const kind = below(4);
    if (kind === 0) events.splice(at, 1);
    else if (kind === 1) events.splice(below(events.length), 0, event);
    else if (kind === 2) events.splice(below(events.length), 0, ...events.splice(at, 1));
    else events.splice(at, 1, misled(event, below));
  }
  return Buffer.from(events.join(''));
}

function misled(event: string, below: (limit: number) => number): string {
  const values = [...event.matchAll(VALUE)];
  const chosen = values[below(values.length)];
  if (!chosen) return event;
  const odd = ODD_VALUES[below(ODD_VALUES.length)] ?? 'null';
  return `${event.slice(0, chosen.index)}:${odd}${event.slice(chosen.index + chosen[0].length)}`;
}
