import { isJsonObject, type Json, type JsonObject, stringAt } from '../../core/json.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';

/** An event without its number. */
type Event = { type: string } & JsonObject;

/** What says which item, and which part of it, an event is about. */
type Place = { item_id: string; output_index: number };

/** The frames in which a finished response would have been streamed, complete for every client (`clients.md` §6). */
export function splitResponse(response: JsonObject): Uint8Array[] {
  const items = itemsOf(response['output']);
  const begun = { ...response, status: 'in_progress', output: [], usage: null, incomplete_details: null };
  const end = response['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed';
  const events: Event[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...items.flatMap(splitItem),
    { type: end, response },
  ];
  return events.map(({ type, ...rest }, sequence_number) =>
    encodeFrame({ event: type, data: JSON.stringify({ type, sequence_number, ...rest }) }),
  );
}

/** How an item opens, and the events that fill it. */
type SplitItem = { opening: JsonObject; filling: Event[] };
type Splitter = (item: JsonObject, place: Place) => SplitItem;

const SPLITTERS: ReadonlyMap<string, Splitter> = new Map<string, Splitter>([
  ['message', (item, place) => ({ opening: { ...item, content: [] }, filling: partEvents(item['content'], place) })],
  ['reasoning', splitReasoning],
  ['function_call', splitText('arguments', 'response.function_call_arguments')],
  ['custom_tool_call', splitText('input', 'response.custom_tool_call_input')],
]);

function splitItem(item: JsonObject, output_index: number): Event[] {
  const split = SPLITTERS.get(stringAt(item, 'type') ?? '');
  const place = { item_id: stringAt(item, 'id') ?? '', output_index };
  const { opening, filling } = split?.(item, place) ?? { opening: item, filling: [] };
  const status = item['status'] === undefined ? {} : { status: 'in_progress' };
  return [
    { type: 'response.output_item.added', output_index, item: { ...opening, ...status } },
    ...filling,
    { type: 'response.output_item.done', output_index, item },
  ];
}

function splitText(field: string, name: string): Splitter {
  return (item, place) => {
    const text = stringAt(item, field) ?? '';
    return {
      opening: { ...item, [field]: '' },
      filling: [
        ...deltas(`${name}.delta`, text, place),
        { type: `${name}.done`, ...place, name: item['name'] ?? null, [field]: text },
      ],
    };
  };
}

function splitReasoning(item: JsonObject, place: Place): SplitItem {
  const summaries = itemsOf(item['summary']).flatMap((part, summary_index): Event[] => {
    const at = { ...place, summary_index };
    const text = stringAt(part, 'text') ?? '';
    return [
      { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      ...deltas('response.reasoning_summary_text.delta', text, at),
      { type: 'response.reasoning_summary_text.done', ...at, text },
      { type: 'response.reasoning_summary_part.done', ...at, part },
    ];
  });
  const hasContent = Array.isArray(item['content']);
  return {
    opening: { ...item, summary: [], ...(hasContent && { content: [] }) },
    filling: [...summaries, ...partEvents(item['content'], place)],
  };
}

/** The text field of each kind of part, and the events that carry it. */
const PARTS: ReadonlyMap<string, { field: string; name: string; delta: JsonObject }> = new Map([
  ['output_text', { field: 'text', name: 'response.output_text', delta: { logprobs: [] } }],
  ['refusal', { field: 'refusal', name: 'response.refusal', delta: {} }],
  ['reasoning_text', { field: 'text', name: 'response.reasoning_text', delta: {} }],
]);

function partEvents(content: Json | undefined, place: Place): Event[] {
  return itemsOf(content).flatMap((part, content_index): Event[] => {
    const at = { ...place, content_index };
    const kind = PARTS.get(stringAt(part, 'type') ?? '');
    const text = kind ? (stringAt(part, kind.field) ?? '') : '';
    const opening = kind ? { ...part, [kind.field]: '' } : part;
    const filling: Event[] = kind
      ? [
          ...deltas(`${kind.name}.delta`, text, { ...at, ...kind.delta }),
          { type: `${kind.name}.done`, ...at, ...kind.delta, [kind.field]: text },
        ]
      : [];
    return [
      { type: 'response.content_part.added', ...at, part: opening },
      ...filling,
      { type: 'response.content_part.done', ...at, part },
    ];
  });
}

function deltas(type: string, text: string, place: JsonObject): Event[] {
  return text === '' ? [] : [{ type, ...place, delta: text }];
}

function itemsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
