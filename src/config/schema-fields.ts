import * as z from 'zod';
import { parseAddressRange } from './address-range.ts';
import { DURATION_PATTERN, LONGEST_TIMER, parseDuration, parseSize, SIZE_PATTERN } from './durations.ts';
import { toFactor, toNanoUsd } from './prices.ts';

/** A duration for a timer, in whole ms once parsed and `shortest` at least. */
export function duration(shortest: number) {
  return z
    .string()
    .regex(DURATION_PATTERN, 'is not a duration such as 700ms, 2s, 10m, 1h or 30d')
    .transform((text, context) => {
      const milliseconds = parseDuration(text) ?? Number.NaN;
      if (milliseconds >= shortest && milliseconds <= LONGEST_TIMER) return milliseconds;
      context.addIssue(`must be between ${shortest}ms and 24d`);
      return z.NEVER;
    });
}

/** A limit in time that is never zero. */
export const timeout = (fallback: string) => duration(1).prefault(fallback);

/** A size in whole bytes once parsed, `largest` at most. */
export function size(largest: number) {
  return z
    .string()
    .regex(SIZE_PATTERN, 'is not a size such as 512KB or 32MB')
    .transform((text, context) => {
      const bytes = parseSize(text) ?? Number.NaN;
      if (bytes >= 1 && bytes <= largest) return bytes;
      context.addIssue(`must be between 1B and ${largest / 1024 ** 3}GB`);
      return z.NEVER;
    });
}

/** A public or upstream name of a model, or a pattern of public ones. */
export const modelName = z
  .string()
  .max(256, 'is longer than 256 characters')
  .regex(/^[^\s\p{Cc}]+$/u, 'must be a name without spaces')
  .describe('A model name; in public names * stands for any run of characters.');

/** The name of a channel or of one of its credentials. */
export const channelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores');

/** A price in USD. */
export const usd = z
  .number()
  .refine(
    (amount) => toNanoUsd(amount) !== undefined,
    'must be USD per million tokens: 0 to 1000000 with at most 9 decimals',
  );

/** What a price is multiplied by. */
export const factor = z
  .number()
  .refine((value) => toFactor(value) !== undefined, 'must be a factor from 0 to 1000 with at most 4 decimals');

/** The address of an upstream, without trailing slash once parsed. */
export const baseUrl = z
  .string()
  .refine(isPlainHttpUrl, 'must be an http or https address without user, query or fragment')
  .transform((address) => address.replace(/\/+$/, ''));

function isPlainHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    /^https?:\/\/[^/]/i.test(text) &&
    url.username === '' &&
    url.password === '' &&
    !/[?#\s\\@]/.test(text)
  );
}

/** The path of an endpoint. */
export const path = z.string().regex(/^\/[^\s?#]*$/, 'must be a path such as /v1/messages');

/** A share of traffic among equals; with 0 a target is the last of them. */
export const weight = z.int().min(0).max(1_000_000);

/** A tier: lower goes first. */
export const priority = z.int().min(0).max(1_000_000);

/** A part of a whole, from 0 to 1. */
export const share = z.number().min(0).max(1);

/** An address, or a range in CIDR form. */
export const addressRange = z
  .string()
  .refine(
    (text) => parseAddressRange(text) !== undefined,
    'must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32',
  );

/** A date or a time, UTC unless it says otherwise; Unix ms once parsed. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/, 'must be a date or time such as 2027-01-01')
  .transform((text, context) => {
    const isLocal = text.includes('T') && !/(Z|[+-]\d{2}:\d{2})$/.test(text);
    const time = Date.parse(isLocal ? `${text}Z` : text);
    if (!Number.isNaN(time)) return time;
    context.addIssue('is no day of the calendar');
    return z.NEVER;
  });
