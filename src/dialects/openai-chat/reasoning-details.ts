import { type JsonObject, numberAt, stringAt } from '../../core/json.ts';

/** The fields of an entry that grow with each piece, by its type; `reasoning.encrypted` comes whole. */
const GROWING: Readonly<Record<string, string>> = {
  'reasoning.text': 'text',
  'reasoning.summary': 'summary',
};

/** The text of an entry that people may read; empty where there is none. */
export function detailText(entry: JsonObject): string {
  const field = GROWING[stringAt(entry, 'type') ?? ''];
  return field === undefined ? '' : (stringAt(entry, field) ?? '');
}

/**
 * The `reasoning_details` of one stretch of reasoning, its pieces put together: they must come back as the upstream would
 * have given them in a whole answer.
 */
export class ReasoningDetails {
  private readonly entries: JsonObject[] = [];

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /** What must come back; undefined where there is nothing. */
  get state(): JsonObject | undefined {
    return this.isEmpty ? undefined : { reasoning_details: this.entries };
  }

  add(entry: JsonObject): void {
    const last = this.entries.at(-1);
    const field = GROWING[stringAt(entry, 'type') ?? ''];
    if (!last || field === undefined || !isSameEntry(last, entry)) {
      this.entries.push(entry);
      return;
    }
    const told = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
    const text = (stringAt(last, field) ?? '') + (stringAt(entry, field) ?? '');
    this.entries[this.entries.length - 1] = { ...last, ...told, [field]: text };
  }
}

function isSameEntry(one: JsonObject, other: JsonObject): boolean {
  return one['type'] === other['type'] && numberAt(one, 'index') === numberAt(other, 'index');
}
