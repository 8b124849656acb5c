import type { MessagesRequest } from '../../../core/message.ts';
import type { PlainText } from '../../../core/plain-request.ts';
import { refuse } from '../fields.ts';
import { blocksOf } from './message-blocks.ts';
import { plainTextBlock } from './plain-text.ts';
import type { Reduction } from './reduction.ts';

/**
 * Claude Code's line about itself, which differs from session to session: in front of a prompt it would keep every other
 * upstream from caching what follows (P128, `clients.md` §2).
 */
const ATTRIBUTION = /^x-anthropic-billing-header:[^\n]*\n*/;

/**
 * The system texts in order, joined to one where the target takes a string only.
 * @throws GatewayError `invalid_request` when there is anything but text.
 */
export function plainSystem({ system }: MessagesRequest, reduction: Reduction): PlainText[] {
  if (system === undefined || system === null) return [];
  const texts = blocksOf({ role: 'system', content: system }, 'system').flatMap(
    ({ block, path }, index): PlainText[] => {
      const where = path.replace(/^system\.content/, 'system');
      if (block.type !== 'text') return refuse(`${where}.type`, 'must be text');
      const { text } = block;
      const isAttributed = index === 0 && typeof text === 'string' && ATTRIBUTION.test(text);
      if (isAttributed) reduction.losses.add('attribution_dropped', where);
      const rest = isAttributed ? { ...block, text: text.replace(ATTRIBUTION, '') } : block;
      if (isAttributed && rest['text'] === '') return [];
      const plain = plainTextBlock(rest, where, reduction);
      return plain ? [plain] : [];
    },
  );
  return reduction.target.quirks.contentParts ? texts : joined(texts, reduction);
}

function joined(texts: PlainText[], { losses }: Reduction): PlainText[] {
  const last = texts.at(-1);
  if (last === undefined || texts.length === 1) return texts;
  losses.add('system_joined', 'system');
  return [{ ...last, text: texts.map(({ text }) => text).join('\n') }];
}
