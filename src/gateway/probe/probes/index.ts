import type { Probe } from '../probe.ts';
import { ANSWER, COUNT_TOKENS, ERROR_SHAPE, STREAM } from './basics.ts';
import { BETA_HEADER } from './betas.ts';
import { CACHE } from './cache.ts';
import { IMAGE, SYSTEM_TURN } from './input.ts';
import { STRUCTURED_OUTPUT } from './structured.ts';
import { THINKING } from './thinking.ts';
import { PARALLEL_TOOLS, TOOL_CALL } from './tools.ts';

/** What is asked of an endpoint once its credential has been let in, in the order of the matrix. */
export const PROBES: readonly Probe[] = [
  ANSWER,
  STREAM,
  TOOL_CALL,
  PARALLEL_TOOLS,
  THINKING,
  IMAGE,
  STRUCTURED_OUTPUT,
  COUNT_TOKENS,
  CACHE,
  SYSTEM_TURN,
  BETA_HEADER,
  ERROR_SHAPE,
];
