import type { LossSink } from '../../../core/dialect.ts';
import type { JsonObject } from '../../../core/json.ts';
import { isServerToolBlock } from '../reduce/server-tools.ts';

/** A block of an answer on its way to the client, while it is open. */
export type OpenBlock = {
  /** Takes a delta; one of another kind than the block's is not its own (P4, P80). */
  grow(delta: { type: string } & JsonObject): void;
  close(): void;
};

/** A block that has nothing more to tell. */
export const SILENT_BLOCK: OpenBlock = { grow: () => {}, close: () => {} };

/** A block that the client's format has no place for: it is left out, and reported (law Loss). */
export function droppedBlock(type: string, index: number, report: LossSink): OpenBlock {
  report({ code: isServerToolBlock(type) ? 'server_tool_dropped' : 'block_dropped', field: `answer.content.${index}` });
  return SILENT_BLOCK;
}
