import { stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import type { PlacedBlock, Turn } from '../conversation.ts';
import { resultBlocks } from '../conversation.ts';
import { invalid } from '../refusal.ts';
import type { ApiVersion } from './request.ts';

/** What turns must be among each other, tools aside (`anthropic-surface.md` §1, §4.1, §4.2, §5). */

const EMPTY_CONTENT = 'all messages must have non-empty content except for the optional final assistant message';

/**
 * Checks the order of turns and that none is empty.
 * @throws RequestRefused 400.
 */
export function checkConversation(request: MessagesRequest, turns: readonly Turn[], version: ApiVersion): void {
  if (request.messages[0]?.role !== 'user') throw invalid('messages', 'first message must use the "user" role');
  checkNotEmpty(request);
  for (const turn of turns) {
    for (const placed of turn.blocks) {
      checkText(placed);
      if (version === '2026-10-21') checkRemovedPlaces(placed, turn);
    }
  }
  checkPrefillEnd(turns);
  checkServerTools(turns);
  checkCitationsAgree(turns);
}

function checkNotEmpty(request: MessagesRequest): void {
  request.messages.forEach((message, index) => {
    const last = index === request.messages.length - 1 && message.role === 'assistant';
    if (message.content.length === 0 && !last) throw invalid(`messages.${index}`, EMPTY_CONTENT);
  });
}

function checkText({ block, path }: PlacedBlock): void {
  if (block.type === 'text' && block['text'] === '') throw invalid(path, 'text content blocks must be non-empty');
  if (block.type !== 'tool_result' || typeof block['content'] === 'string') return;
  resultBlocks(block).forEach((inner, index) => {
    if (inner.type === 'text' && inner['text'] === '') {
      throw invalid(`${path}.tool_result.content.${index}`, 'text content blocks must be non-empty');
    }
  });
}

/** What API version 2026-10-21 no longer takes (§1). */
function checkRemovedPlaces({ block, path }: PlacedBlock, turn: Turn): void {
  if (turn.role === 'assistant' && block.type === 'document') {
    throw invalid(path, '`document` blocks can only be in `user` messages');
  }
  if (turn.role === 'user' && hasCitations(block)) {
    throw invalid(`${path}.text.citations`, 'citations are not permitted in user messages');
  }
  const inner = block.type === 'search_result' ? resultBlocks(block) : [];
  if (inner.some(hasCitations)) {
    throw invalid(`${path}.search_result.content`, 'citations are not permitted inside search results');
  }
}

function hasCitations(block: PlacedBlock['block']): boolean {
  return block.type === 'text' && Array.isArray(block['citations']) && block['citations'].length > 0;
}

function checkPrefillEnd(turns: readonly Turn[]): void {
  const last = turns.at(-1);
  const block = last?.role === 'assistant' ? last.blocks.at(-1)?.block : undefined;
  const text = block?.type === 'text' ? (stringAt(block, 'text') ?? '') : '';
  if (text !== text.trimEnd()) throw invalid('messages', 'final assistant content cannot end with trailing whitespace');
}

/** A server tool's call without its result is a paused turn: it is sent back alone, to be gone on with. */
function checkServerTools(turns: readonly Turn[]): void {
  turns.forEach((turn, position) => {
    if (turn.role !== 'assistant') return;
    const answered = new Set(turn.blocks.map(({ block }) => block['tool_use_id']));
    const open = turn.blocks.find(
      ({ block }) => block.type === 'server_tool_use' && !answered.has(block['id'] ?? null),
    );
    const next = turns[position + 1];
    if (open && next?.blocks.some(({ block }) => block.type === 'text')) {
      throw invalid(
        open.path,
        `\`${stringAt(open.block, 'name')}\` tool use with id \`${stringAt(open.block, 'id')}\` was found without a corresponding \`${stringAt(open.block, 'name')}_tool_result\` block`,
      );
    }
  });
}

/** Citations are for all documents of a request or for none (§5). */
function checkCitationsAgree(turns: readonly Turn[]): void {
  const documents = turns.flatMap((turn) => turn.blocks).filter(({ block }) => block.type === 'document');
  const cited = documents.filter(citationsEnabled);
  if (cited.length > 0 && cited.length < documents.length) {
    throw invalid('messages', 'citations must be enabled on all or none of the documents in the request');
  }
}

/** Whether a document or search result asks for citations. */
export function citationsEnabled({ block }: PlacedBlock): boolean {
  const citations = block['citations'];
  return (
    typeof citations === 'object' && citations !== null && !Array.isArray(citations) && citations['enabled'] === true
  );
}
