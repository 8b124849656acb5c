import { stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import type { Turn } from '../conversation.ts';
import { resultBlocks } from '../conversation.ts';
import type { MediaFacts, MediaIndex } from '../media.ts';
import { mediaBlocks } from '../media.ts';
import type { Phrases } from './phrases.ts';

/** What a turn brought beside its text, one line each. */

const LONGEST_EXCERPT = 60;
const LONGEST_RESULT = 2000;

/** Lines for the images and documents of a turn, those inside tool results included. */
export function describeMedia(turn: Turn | undefined, media: MediaIndex, phrases: Phrases): string[] {
  const counts = { image: 0, document: 0 };
  return mediaBlocks(turn?.blocks ?? []).flatMap(({ block }) => {
    const facts = media.get(block);
    if (!facts) return [];
    const what = block.type === 'image' ? 'image' : 'document';
    counts[what] += 1;
    return [`${phrases[what]} ${counts[what]}${titleOf(facts)}: ${describeFacts(facts, phrases)}.`];
  });
}

/** Lines for the tool results of a turn, with the names that the calls before it had. */
export function describeResults(turn: Turn | undefined, calls: Turn | undefined, phrases: Phrases): string[] {
  const names = new Map((calls?.blocks ?? []).map(({ block }) => [block['id'], stringAt(block, 'name')]));
  return (turn?.blocks ?? [])
    .filter(({ block }) => block.type === 'tool_result')
    .map(({ block }) => {
      const name = names.get(block['tool_use_id']) ?? stringAt(block, 'tool_use_id') ?? '';
      const said = excerpt(resultText(block), LONGEST_RESULT);
      if (block['is_error'] === true) return phrases.toolFailed(name, said);
      return said === '' ? phrases.toolSilent(name) : phrases.toolAnswered(name, said);
    });
}

/** A text cut to a length, with a sign that it was. */
export function excerpt(text: string, length = LONGEST_EXCERPT): string {
  const points = Array.from(text.slice(0, length * 2 + 2));
  return points.length > length ? `${points.slice(0, length).join('')}…` : text;
}

function resultText(result: ContentBlock): string {
  return resultBlocks(result)
    .map((block) => {
      if (block.type === 'text') return stringAt(block, 'text') ?? '';
      if (block.type === 'tool_reference') return stringAt(block, 'tool_name') ?? '';
      return `[${block.type}]`;
    })
    .join(' ');
}

function titleOf(facts: MediaFacts): string {
  return facts.kind !== 'image' && facts.title !== undefined ? ` “${facts.title}”` : '';
}

function describeFacts(facts: MediaFacts, phrases: Phrases): string {
  switch (facts.kind) {
    case 'image':
      return `${facts.mediaType}, ${facts.width}×${facts.height} ${phrases.pixels}, ${facts.bytes} ${phrases.bytes}`;
    case 'pdf':
      return `application/pdf, ${facts.pages} ${phrases.pages}, ${facts.bytes} ${phrases.bytes}`;
    case 'text':
      return `text/plain, ${facts.text.length} ${phrases.characters}, “${excerpt(facts.text)}”`;
    case 'remote':
      return `${facts.place} ${phrases.notFetched}`;
    default:
      return facts satisfies never;
  }
}
