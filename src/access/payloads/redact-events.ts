import { type Finder, redactJson, redactTogether } from './redact.ts';

/** A text of an event, and how to put another one in its place. */
type Leaf = { text: string; replace(text: string): void };

type ParsedEvent = { head: string; value: unknown; tail: string };

/**
 * The events of a stream without what the finder finds in their texts: those that stand at the same place of several events are
 * read as one, since a stream cuts words anywhere. Events without a finding stay as they are written.
 */
export function redactEvents(events: readonly string[], find: Finder): string[] {
  const parsed = events.map(parseEvent);
  const texts = new Map<string, Leaf[]>();
  const changed = new Set<ParsedEvent>();
  for (const event of parsed) {
    if (event === undefined) continue;
    const root = { value: event.value };
    collect(root, 'value', '', (place, leaf) => {
      const leaves = texts.get(place) ?? [];
      texts.set(place, leaves);
      leaves.push({
        text: leaf.text,
        replace: (text) => {
          leaf.replace(text);
          event.value = root.value;
          changed.add(event);
        },
      });
    });
  }
  for (const leaves of texts.values()) {
    const redacted = redactTogether(
      leaves.map(({ text }) => text),
      find,
    );
    leaves.forEach((leaf, index) => {
      if (redacted[index] !== leaf.text) leaf.replace(redacted[index] ?? '');
    });
  }
  return parsed.map((event, index) => {
    // Once more as it is written: names of fields, numbers, and what is no JSON.
    const text = event && changed.has(event) ? event.head + JSON.stringify(event.value) + event.tail : events[index];
    return redactJson(text ?? '', find);
  });
}

function parseEvent(text: string): ParsedEvent | undefined {
  const line = text.startsWith('data:') ? 0 : text.indexOf('\ndata:') + 1;
  const start = line + 'data:'.length;
  const end = text.indexOf('\n', start);
  if (line === 0 && !text.startsWith('data:')) return undefined;
  try {
    const value: unknown = JSON.parse(end < 0 ? text.slice(start) : text.slice(start, end));
    return { head: `${text.slice(0, start)} `, value, tail: end < 0 ? '' : text.slice(end) };
  } catch {
    return undefined;
  }
}

/** Walks all texts below `holder[name]`; a place is named by the fields that lead to it and the indexes beside them. */
function collect(holder: object, name: string, place: string, found: (place: string, leaf: Leaf) => void): void {
  const value: unknown = Reflect.get(holder, name);
  if (typeof value === 'string') {
    found(place, { text: value, replace: (text) => Reflect.set(holder, name, text) });
  } else if (typeof value === 'object' && value !== null) {
    const beside = Object.entries(value).flatMap(([key, each]) =>
      /index$/.test(key) && typeof each === 'number' ? [`${key}=${each}`] : [],
    );
    for (const key of Object.keys(value)) collect(value, key, `${place}.${beside.join(',')}.${key}`, found);
  }
}
