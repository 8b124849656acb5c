import * as z from 'zod';
import type { PayloadRule } from './config.ts';
import { parseDuration } from './durations.ts';
import { linearPatternProblem } from './linear-pattern.ts';
import { size } from './schema-fields.ts';

const LARGEST = 16 * 1024 ** 2;
const DAY = 86_400_000;
const LONGEST = 3_660 * DAY;

const redaction = z
  .strictObject({
    literal: z.string().min(3).max(1_000).optional().describe('This text.'),
    pattern: z.string().min(1).max(1_000).optional().describe('A regular expression that needs only linear time.'),
  })
  .refine(({ literal, pattern }) => (literal === undefined) !== (pattern === undefined), 'needs a literal or a pattern')
  .superRefine(({ pattern }, context) => {
    const problem = pattern === undefined ? undefined : linearPatternProblem(pattern);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['pattern'], message: problem });
  });

const payloadSchema = z
  .strictObject({
    project: z.string().min(1).max(100).optional().describe('The id or name of a project.'),
    key: z.string().min(1).max(100).optional().describe('The id of an API key; it goes before its project.'),
    keep: z
      .string()
      .transform((text, context) => {
        const time = parseDuration(text) ?? Number.NaN;
        if (time >= 60_000 && time <= LONGEST) return time;
        context.addIssue('must be a duration from 1m to 3660d');
        return z.NEVER;
      })
      .describe('How long payloads are kept.'),
    max_size: size(LARGEST)
      .prefault('1MB')
      .describe(
        'Bytes that are kept of what an exchange has with its client, and again with upstreams; the rest is cut off.',
      ),
    redact: z.array(redaction).max(100).default([]).describe('What is blotted out before anything is written.'),
  })
  .refine(({ key, project }) => (key === undefined) !== (project === undefined), 'needs a key or a project');

/** The payload logs of a file; none without it. */
export const payloadsSchema = z
  .array(payloadSchema)
  .max(10_000)
  .default([])
  .describe('Projects and keys whose requests and answers are kept, sealed. Default: none.');

/** One of them as the gateway reads it. */
export function payloadRuleOf(entry: z.output<typeof payloadsSchema>[number]): PayloadRule {
  const { key, project, keep, max_size: maxBytes, redact } = entry;
  return {
    on: key === undefined ? { scope: 'project', name: project ?? '' } : { scope: 'key', name: key },
    keep,
    maxBytes,
    redact: redact.map(({ literal, pattern }) =>
      literal === undefined ? { kind: 'pattern', text: pattern ?? '' } : { kind: 'literal', text: literal },
    ),
  };
}
