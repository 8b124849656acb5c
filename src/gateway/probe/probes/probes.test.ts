import { describe, expect, it } from 'vitest';
import type { ChannelConfig } from '../../../config/config.ts';
import { parseConfig } from '../../../config/load.ts';
import type { DialectId } from '../../../core/dialect.ts';
import { GatewayError } from '../../../core/error.ts';
import { PROVIDERS } from '../../../providers/index.ts';
import { targetsOf } from '../../../routing/resolve.ts';
import { endpointFor, type TargetEndpoint } from '../../target-endpoint.ts';
import type { Probe, ProbeAnswer, Setting, Step, Verdict } from '../probe.ts';
import { BETA_HEADER } from './betas.ts';
import { CACHE } from './cache.ts';
import { PROBES } from './index.ts';

function channelOf(provider: string): ChannelConfig {
  const config = {
    channels: [{ name: 'one', provider, base_url: 'https://upstream.test', api_key: 'sk', models: ['m'] }],
  };
  const [channel] = parseConfig('/ezmodel.yaml', JSON.stringify(config), PROVIDERS, {}).channels;
  if (!channel) throw new Error('no channel');
  return channel;
}

function endpointOf(provider: string, model: string, dialect: DialectId): TargetEndpoint {
  const [target] = targetsOf(model, channelOf(provider), model);
  return endpointFor(target, dialect);
}

const unclaimed = (endpoint: TargetEndpoint) =>
  PROBES.filter((probe) => !probe.supported(endpoint)).map(({ name }) => name);

describe('what a row does not claim is not tried', () => {
  it.each<[provider: string, model: string, dialect: DialectId, unclaimed: string[]]>([
    ['anthropic', 'claude-opus-5-5', 'anthropic-messages', []],
    ['anthropic', 'claude-haiku-4-5', 'anthropic-messages', ['system turn']],
    ['openai', 'gpt-6', 'openai-responses', ['betas']],
    ['openai', 'gpt-4.1', 'openai-chat', ['thinking', 'count_tokens', 'betas']],
    ['deepseek', 'deepseek-chat', 'openai-chat', ['structured output', 'count_tokens', 'cache', 'betas']],
    ['mistral', 'mistral-large', 'openai-chat', ['count_tokens', 'cache', 'system turn', 'betas']],
  ])('of %s for %s in %s', (provider, model, dialect, names) => {
    expect(unclaimed(endpointOf(provider, model, dialect))).toEqual(names);
  });
});

const ENDPOINT = endpointOf('anthropic', 'claude-opus-5-5', 'anthropic-messages');
const SETTING: Setting = { endpoint: ENDPOINT, envelope: { seal: () => '', open: () => undefined } };

const answerWith = (usage: Extract<ProbeAnswer, { kind: 'message' }>['usage']): ProbeAnswer => ({
  kind: 'message',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'Hello.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {},
  },
  usage,
  wire: undefined,
  firstEventMs: 1,
  totalMs: 2,
});

const refusal = (status: number): ProbeAnswer => ({
  kind: 'refusal',
  error: new GatewayError(status === 429 ? 'rate_limited' : 'invalid_request', 'no', { upstream: { status } }),
  wire: undefined,
});

/** What a probe comes to when its calls are answered in this order, and what each call asked for. */
function play(probe: Probe, answers: readonly ProbeAnswer[]): { verdict: Verdict; asked: Step['request'][] } {
  const asked = [probe.request(ENDPOINT)];
  let outcome: Verdict | Step | undefined;
  for (const answer of answers) {
    outcome = outcome && 'judge' in outcome ? outcome.judge(answer, SETTING) : probe.judge(answer, SETTING);
    if ('judge' in outcome) asked.push(outcome.request);
  }
  if (!outcome || 'judge' in outcome) throw new Error('the probe asks for more');
  return { verdict: outcome, asked };
}

describe('the cache probe', () => {
  it.each([
    { name: 'a hit is good', usage: { cache_read: 1200 }, verdict: { state: 'ok', note: '1200 tokens read' } },
    { name: 'a miss is not', usage: { cache_read: 0 }, verdict: { state: 'failed' } },
    { name: 'absent is not zero', usage: {}, verdict: { state: 'failed', note: 'no usage of cached tokens' } },
  ])('$name', ({ usage, verdict }) => {
    const played = play(CACHE, [answerWith({}), answerWith(usage)]);
    expect(played.verdict).toMatchObject(verdict);
    expect(played.asked[1]).toEqual(played.asked[0]);
  });

  it('asks with a prefix that is long enough for the model, and not much longer', () => {
    const bytes = (model: string) =>
      JSON.stringify(CACHE.request(endpointOf('anthropic', model, 'anthropic-messages'))).length;
    expect(bytes('claude-opus-5-5')).toBeLessThan(4 * 1024);
    expect(bytes('claude-haiku-4-5')).toBeGreaterThan(4 * 4096);
  });
});

describe('the beta probe', () => {
  it('takes one call where all are accepted', () => {
    expect(play(BETA_HEADER, [answerWith({})])).toMatchObject({ verdict: { state: 'ok' }, asked: [{ form: 'whole' }] });
  });

  it('finds out which of them are refused', () => {
    const { verdict, asked } = play(BETA_HEADER, [
      refusal(400),
      answerWith({}),
      refusal(400),
      answerWith({}),
      answerWith({}),
    ]);
    expect(verdict).toEqual({ state: 'failed', note: 'context-management-2025-06-27: HTTP 400: no' });
    expect(asked.slice(1).map((request) => 'betas' in request && request.betas?.length)).toEqual([1, 1, 1, 1]);
  });

  it('says nothing of an upstream that is busy', () => {
    expect(play(BETA_HEADER, [refusal(429)]).verdict).toEqual({ state: 'skipped', note: 'HTTP 429: no' });
  });
});
