import type { Dialect, DialectId } from '../core/dialect.ts';
import { ANTHROPIC_MESSAGES } from './anthropic-messages/index.ts';

/** Every dialect by its id. */
export const DIALECTS: Readonly<Record<DialectId, Dialect>> = {
  'anthropic-messages': ANTHROPIC_MESSAGES,
};
