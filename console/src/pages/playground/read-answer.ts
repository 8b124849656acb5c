import type { Dialect } from './dialects.ts';

/** What an event or a whole answer adds. */
export type Added = { text: string; thinking: string; calls: string };

const NOTHING: Added = { text: '', thinking: '', calls: '' };

/** A value of unknown shape, looked into without trust. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let inner: unknown = value;
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = Reflect.get(inner, key);
  }
  return inner;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What one streamed event adds to the answer. */
export const READ_EVENT: Record<Dialect, (event: unknown) => Added> = {
  messages: (event) => ({
    text: text(at(event, 'delta', 'text')),
    thinking: text(at(event, 'delta', 'thinking')),
    calls: opened(at(event, 'content_block')) + text(at(event, 'delta', 'partial_json')),
  }),
  chat: (event) => {
    const delta = at(event, 'choices', 0, 'delta');
    return {
      text: text(at(delta, 'content')),
      thinking: text(at(delta, 'reasoning_content') ?? at(delta, 'reasoning')),
      calls: list(at(delta, 'tool_calls'))
        .map((call) => named(at(call, 'function', 'name')) + text(at(call, 'function', 'arguments')))
        .join(''),
    };
  },
  responses: (event) => {
    const delta = text(at(event, 'delta'));
    switch (at(event, 'type')) {
      case 'response.output_text.delta':
        return { ...NOTHING, text: delta };
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return { ...NOTHING, thinking: delta };
      case 'response.output_item.added':
        return at(event, 'item', 'type') === 'function_call'
          ? { ...NOTHING, calls: named(at(event, 'item', 'name')) }
          : NOTHING;
      case 'response.function_call_arguments.delta':
        return { ...NOTHING, calls: delta };
      default:
        return NOTHING;
    }
  },
};

/** What a whole answer holds. */
export const READ_WHOLE: Record<Dialect, (answer: unknown) => Added> = {
  messages: (answer) =>
    join(
      list(at(answer, 'content')).map((block) => ({
        text: text(at(block, 'text')),
        thinking: text(at(block, 'thinking')),
        calls: at(block, 'type') === 'tool_use' ? called(at(block, 'name'), at(block, 'input')) : '',
      })),
    ),
  chat: (answer) => {
    const message = at(answer, 'choices', 0, 'message');
    return {
      text: text(at(message, 'content')),
      thinking: text(at(message, 'reasoning_content') ?? at(message, 'reasoning')),
      calls: list(at(message, 'tool_calls'))
        .map((call) => called(at(call, 'function', 'name'), at(call, 'function', 'arguments')))
        .join(''),
    };
  },
  responses: (answer) =>
    join(
      list(at(answer, 'output')).map((item) => ({
        text: list(at(item, 'content'))
          .map((part) => text(at(part, 'text')))
          .join(''),
        thinking: list(at(item, 'summary'))
          .map((part) => text(at(part, 'text')))
          .join(''),
        calls: at(item, 'type') === 'function_call' ? called(at(item, 'name'), at(item, 'arguments')) : '',
      })),
    ),
};

/** The usage that an event or an answer tells of, wherever it does; undefined when it tells of none. */
export function usageIn(value: unknown): unknown {
  return at(value, 'usage') ?? at(value, 'message', 'usage') ?? at(value, 'response', 'usage') ?? undefined;
}

/** The failure that an event tells of. */
export function errorIn(value: unknown): string | undefined {
  const message = at(value, 'error', 'message') ?? at(value, 'response', 'error', 'message');
  return typeof message === 'string' ? message : undefined;
}

/** Both after one another. */
export function join(parts: readonly Added[]): Added {
  return parts.reduce(
    (sum, part) => ({
      text: sum.text + part.text,
      thinking: sum.thinking + part.thinking,
      calls: sum.calls + part.calls,
    }),
    NOTHING,
  );
}

function opened(block: unknown): string {
  return at(block, 'type') === 'tool_use' ? named(at(block, 'name')) : '';
}

function named(name: unknown): string {
  return typeof name === 'string' && name !== '' ? `\n${name} ` : '';
}

function called(name: unknown, input: unknown): string {
  return `\n${text(name)} ${typeof input === 'string' ? input : JSON.stringify(input)}`;
}
