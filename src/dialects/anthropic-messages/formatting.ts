import type { TargetContext } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { EFFORT_LEVELS, type ModelRules } from '../../core/model.ts';
import { LossList } from '../shared/loss-list.ts';
import type { Reduction } from '../shared/reduce/reduction.ts';
import { ToolIds } from '../shared/tool-ids.ts';
import { ToolNames } from '../shared/tool-names.ts';
import { CallIds } from './call-ids.ts';

/** What the formatting of one request works with. */
export type Formatting = Reduction & {
  rules: ModelRules;
  callIds: CallIds;
  /** The JSON of tool inputs by their block: numbers go out as they were written (P115). */
  inputs: Map<JsonObject, string>;
  /** What carries a cache breakpoint, in the order of the prompt. */
  marks: CacheMark[];
};

/** A tool or block with `cache_control`, and its path in the caller's body. */
export type CacheMark = { holder: JsonObject; path: string };

/** A model that no table knows is taken for one of the newest, with nothing forbidden: what it refuses, the upstream says. */
const UNKNOWN_MODEL: ModelRules = {
  sampling: 'free',
  thinking: ['adaptive', 'enabled', 'disabled'],
  forcedToolChoice: true,
  prefill: true,
  effort: EFFORT_LEVELS,
  structuredOutputs: true,
  systemInMessages: true,
  minimumCacheTokens: 0,
};

/** A fresh start: one per request. */
export function newFormatting(target: TargetContext): Formatting {
  const losses = new LossList();
  const { hash } = target.tools;
  const ids = new ToolIds('up_to_64', hash, losses);
  return {
    target,
    losses,
    names: new ToolNames(hash, losses),
    ids,
    callIds: new CallIds(ids),
    rules: target.facts?.rules ?? UNKNOWN_MODEL,
    inputs: new Map(),
    marks: [],
  };
}
