import { isJsonObject, type Json, stringAt } from '../../../core/json.ts';
import type { LossCode } from '../../../core/loss.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import { refuse } from '../fields.ts';
import type { Reduction } from './reduction.ts';

/** Deals with one top-level field that no OpenAI-like API has: reports what is lost, or refuses. */
type Rule = (value: Json, field: string, reduction: Reduction) => void;

const readElsewhere: Rule = () => {};

const refused: Rule = (_value, field) => refuse(field, 'not supported by this model');

function dropped(code: LossCode): Rule {
  return (_value, field, { losses }) => losses.add(code, field);
}

/**
 * Every top-level field of Messages (`anthropic-surface.md` §4) but those that are mapped: law Loss, and the list that lets
 * Claude Code's requests through as they are (P127). A field that is missing here is reported as unknown.
 */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['model', readElsewhere],
  ['messages', readElsewhere],
  ['max_tokens', readElsewhere],
  ['system', readElsewhere],
  ['stream', readElsewhere],
  ['stop_sequences', readElsewhere],
  ['tools', readElsewhere],
  ['tool_choice', readElsewhere],
  ['thinking', readElsewhere],
  ['temperature', readElsewhere],
  ['top_p', readElsewhere],
  ['top_k', readElsewhere],
  ['metadata', readElsewhere],
  ['service_tier', readElsewhere],
  ['output_format', readElsewhere],
  ['extra', readElsewhere],
  ['output_config', outputConfig],
  ['cache_control', dropped('cache_hint_dropped')],
  ['context_management', contextManagement],
  ['container', container],
  ['speed', speed],
  ['diagnostics', dropped('diagnostics_dropped')],
  ['fallbacks', dropped('fallbacks_dropped')],
  ['fallback_credit_token', dropped('fallbacks_dropped')],
  ['safeguards', dropped('safeguards_dropped')],
  ['billing_policy', dropped('billing_policy_dropped')],
  ['mcp_servers', mcpServers],
  ['inference_geo', refused],
  ['compaction', refused],
  ['thread', thread],
]);

/**
 * Reports the fields of a request that the target cannot have.
 * @throws GatewayError `invalid_request` for one without which the answer would not be what was asked for.
 */
export function reportRequestLosses(request: MessagesRequest, reduction: Reduction): void {
  for (const [field, value] of Object.entries(request)) {
    if (value === null || value === undefined) continue;
    const rule = RULES.get(field) ?? dropped('unknown_field');
    rule(value, field, reduction);
  }
}

function outputConfig(value: Json, field: string, { losses }: Reduction): void {
  for (const [key, setting] of Object.entries(isJsonObject(value) ? value : {})) {
    if (setting === null || key === 'effort' || key === 'format') continue;
    losses.add(key === 'task_budget' ? 'task_budget_dropped' : 'unknown_field', `${field}.${key}`);
  }
}

/** Clearing old thinking and tool results only saves tokens; a compaction would have to come back as a block (P127). */
function contextManagement(value: Json, field: string, { losses }: Reduction): void {
  const edits = isJsonObject(value) && Array.isArray(value['edits']) ? value['edits'] : [];
  for (const [index, edit] of edits.entries()) {
    const type = isJsonObject(edit) ? stringAt(edit, 'type') : undefined;
    if (!type?.startsWith('clear_')) refuse(`${field}.edits.${index}`, 'not supported by this model');
  }
  losses.add('context_management_dropped', field);
}

/** A container by its id alone is only a place to go on in; skills are what the caller counts on. */
function container(value: Json, field: string, { losses }: Reduction): void {
  const skills = isJsonObject(value) ? value['skills'] : undefined;
  if (Array.isArray(skills) && skills.length > 0) refuse(`${field}.skills`, 'not supported by this model');
  losses.add('container_dropped', field);
}

function speed(value: Json, field: string, { losses }: Reduction): void {
  if (value !== 'standard') losses.add('speed_dropped', field);
}

function mcpServers(value: Json, field: string): void {
  if (!Array.isArray(value) || value.length > 0) refuse(field, 'MCP servers are not supported by this model');
}

/** With this code Anthropic's SDK repeats the call without a thread and with the whole history (`clients.md` §5.2). */
function thread(_value: Json, field: string): void {
  refuse(field, 'message threads are not supported by this model', 'thread_unsupported_request');
}
