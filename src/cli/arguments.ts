import { InvalidArgumentError } from 'commander';
import { MOST_TAGS, parseTags } from '../access/tags.ts';
import { parseAddressRange } from '../config/address-range.ts';
import { parseDuration } from '../config/durations.ts';
import { toFactor, toNanoUsd } from '../config/prices.ts';
import type { UnpricedSetting } from '../core/unpriced.ts';

const LONGEST_NAME = 100;

/** A name for people: one printable line. @throws InvalidArgumentError */
export function nameArgument(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= LONGEST_NAME && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return name;
  throw new InvalidArgumentError(`A name is 1 to ${LONGEST_NAME} printable characters.`);
}

/** Model names or patterns, separated by commas. @throws InvalidArgumentError */
export function modelsArgument(text: string): string[] {
  const models = text.split(',').map((model) => model.trim());
  if (models.every((model) => /^\S{1,256}$/.test(model))) return [...new Set(models)];
  throw new InvalidArgumentError(
    'Write model names or patterns with commas between them, such as claude-*,other-model.',
  );
}

/** Tags, separated by commas. @throws InvalidArgumentError */
export function tagsArgument(text: string): string[] {
  const tags = parseTags(text);
  if (tags !== undefined) return tags;
  throw new InvalidArgumentError(
    `Write up to ${MOST_TAGS} tags with commas between them: letters, digits and ._:/- each, such as team-a,ci.`,
  );
}

/** A length of time above zero, in ms. @throws InvalidArgumentError */
export function durationArgument(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  throw new InvalidArgumentError('Write a duration such as 12h or 30d.');
}

/**
 * A point in the past, in Unix ms: `7d` ago, or an ISO date or time (UTC unless it says otherwise).
 * @throws InvalidArgumentError
 */
export function sinceArgument(text: string, now: number): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return Math.max(0, now - ago);
  const match = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const time =
    match === null ? Number.NaN : Date.parse(match[1] !== undefined && match[4] === undefined ? `${text}Z` : text);
  if (!Number.isNaN(time)) return Math.max(0, time);
  throw new InvalidArgumentError('Write a duration such as 7d, or a date such as 2026-11-23 or 2026-11-23T08:00Z.');
}

/** A whole number of at least 1. @throws InvalidArgumentError */
export function countArgument(text: string): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new InvalidArgumentError('Write a whole number from 1 to 999999999999.');
}

/** Addresses and ranges, separated by commas. @throws InvalidArgumentError */
export function addressesArgument(text: string): string[] {
  const ranges = text.split(',').map((range) => range.trim());
  if (ranges.every((range) => parseAddressRange(range) !== undefined)) return [...new Set(ranges)];
  throw new InvalidArgumentError(
    'Write addresses or ranges with commas between them, such as 10.0.0.0/8,2001:db8::/32.',
  );
}

/** What a price is multiplied by. @throws InvalidArgumentError */
export function factorArgument(text: string): number {
  const factor = /^\d{1,4}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
  if (toFactor(factor) !== undefined) return factor;
  throw new InvalidArgumentError('Write a factor from 0 to 1000 with at most 4 decimals, such as 1.2.');
}

/** What becomes of models without a price; null: as everywhere. @throws InvalidArgumentError */
export function unpricedArgument(text: string): UnpricedSetting | null {
  if (text === 'inherit') return null;
  if (text === 'block' || text === 'flag') return { policy: text, ceiling: undefined };
  const [policy, ...amounts] = text.split(':');
  const [input, output, ...more] = amounts.map((amount) => (amount === '' ? undefined : toNanoUsd(Number(amount))));
  if (policy === 'hold' && input !== undefined && output !== undefined && more.length === 0) {
    return { policy, ceiling: { input, output } };
  }
  throw new InvalidArgumentError('Write block, flag, inherit, or hold:20:100 with USD per million tokens in and out.');
}

/** What a setting becomes: what was asked for, nothing (`--no-…`), or what it is. */
export function orElse<Value, None>(asked: Value | false | undefined, current: Value | None, none: None): Value | None {
  if (asked === false) return none;
  return asked ?? current;
}
