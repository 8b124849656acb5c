import { type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { ToolBlock } from '../shared/read-answer/answer-blocks.ts';
import type { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { argumentText } from '../shared/write-answer/argument-text.ts';

/** What one entry of `tool_calls` says; what it leaves out is empty. */
type CallPiece = { index: number | undefined; id: string; name: string; text: string; isFreeForm: boolean };

/** A call in the making. Its block begins with its name; text that comes before is held. */
type Call = { index: number | undefined; id: string; name: string; held: string; block: ToolBlock | undefined };

/**
 * Puts the pieces of tool calls together, whichever way the upstream tells them apart (`translation.md` §10.1): by index, by
 * id, or only by a new name.
 */
export class ToolCalls {
  private readonly writer: AnswerWriter;
  private readonly onBegin: () => void;
  private readonly calls: Call[] = [];

  /** @param onBegin called before the block of each call begins. */
  constructor(writer: AnswerWriter, onBegin: () => void) {
    this.writer = writer;
    this.onBegin = onBegin;
  }

  /** Arguments came for a call that never got a name. */
  get hasNameless(): boolean {
    return this.calls.some(({ block, held }) => block === undefined && held !== '');
  }

  /** @param entries `tool_calls` of one chunk. */
  push(entries: readonly JsonObject[]): void {
    entries.forEach((entry, position) => {
      const piece = readPiece(entry);
      const isSibling = position > 0 && piece.index === undefined && piece.name !== '';
      this.grow((isSibling ? undefined : this.find(piece)) ?? this.begin(piece), piece);
    });
  }

  /** @param entries `tool_calls` of a whole message: each is a call of its own, whatever its index says. */
  pushWhole(entries: readonly JsonObject[]): void {
    for (const entry of entries) {
      const piece = readPiece(entry);
      this.grow(this.begin(piece), piece);
    }
  }

  private begin({ index, id }: CallPiece): Call {
    const call: Call = { index, id, name: '', held: '', block: undefined };
    this.calls.push(call);
    return call;
  }

  private find(piece: CallPiece): Call | undefined {
    const { index, id } = piece;
    if (index !== undefined) {
      const call = this.calls.findLast((each) => each.index === index);
      return call && !beginsAnother(call, piece) ? call : undefined;
    }
    const named = id === '' ? undefined : this.calls.find((each) => each.id === id);
    if (named) return named;
    const last = this.calls.at(-1);
    return last && !beginsAnother(last, piece) ? last : undefined;
  }

  /** The first id and name count; a name can come in pieces as long as no argument has come (P120). */
  private grow(call: Call, { id, name, text, isFreeForm }: CallPiece): void {
    if (call.id === '') call.id = id;
    const isNameOpen = call.block === undefined || (call.block.text === '' && !isFreeForm);
    if (isNameOpen && name !== call.name) call.name += name;
    if (call.block === undefined && call.name !== '') {
      this.onBegin();
      call.block = isFreeForm ? this.writer.addFreeFormTool(() => call) : this.writer.addToolUse(() => call);
      if (call.held !== '') call.block.append(call.held);
    }
    if (text === '') return;
    if (call.block) call.block.append(text);
    else call.held += text;
  }
}

/**
 * Whether a piece that points to a call is the beginning of another: vendors give every call index 0, or none (P118). One
 * whose arguments are in the middle goes on under its own name, whatever else is repeated.
 */
function beginsAnother(call: Call, { index, id, name, text }: CallPiece): boolean {
  const isRepeated = name === call.name;
  if (name === '' || (isRepeated && call.block?.isPartial)) return false;
  if (id !== '' && call.id !== '') return id !== call.id;
  if (index === undefined && id === '' && !isRepeated) return true;
  return call.block?.isComplete === true && (text !== '' || !isRepeated);
}

function readPiece(entry: JsonObject): CallPiece {
  const custom = objectAt(entry, 'custom');
  const called = custom ?? objectAt(entry, 'function') ?? {};
  return {
    index: numberAt(entry, 'index'),
    id: stringAt(entry, 'id') ?? '',
    name: stringAt(called, 'name') ?? '',
    text: argumentText((custom ? called['input'] : called['arguments']) ?? null),
    isFreeForm: custom !== undefined,
  };
}
