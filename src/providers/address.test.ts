import { describe, expect, it } from 'vitest';
import type { DialectId } from '../core/dialect.ts';
import { joinAddress } from './address.ts';
import { providerById } from './index.ts';

type Row = [provider: string, api: DialectId, baseUrl: string, called: string];

describe('a base address as the vendor prints it', () => {
  it.each<Row>([
    ['openai', 'openai-chat', 'https://api.openai.com', 'https://api.openai.com/v1/chat/completions'],
    ['openai', 'openai-chat', 'https://api.openai.com/v1', 'https://api.openai.com/v1/chat/completions'],
    ['anthropic', 'anthropic-messages', 'https://proxy.example/a/v1', 'https://proxy.example/a/v1/messages'],
    ['azure', 'openai-responses', 'https://r.openai.azure.com', 'https://r.openai.azure.com/openai/v1/responses'],
    [
      'azure',
      'openai-responses',
      'https://r.openai.azure.com/openai/v1',
      'https://r.openai.azure.com/openai/v1/responses',
    ],
    ['zhipu', 'openai-chat', 'https://api.z.ai/api', 'https://api.z.ai/api/paas/v4/chat/completions'],
    ['zhipu', 'openai-chat', 'https://api.z.ai/api/paas/v4', 'https://api.z.ai/api/paas/v4/chat/completions'],
    ['zhipu', 'anthropic-messages', 'https://api.z.ai/api/paas/v4', 'https://api.z.ai/api/anthropic/v1/messages'],
    ['moonshot', 'anthropic-messages', 'https://api.moonshot.ai/v1', 'https://api.moonshot.ai/anthropic/v1/messages'],
    ['moonshot', 'openai-chat', 'https://api.moonshot.ai/anthropic/v1', 'https://api.moonshot.ai/v1/chat/completions'],
    [
      'qwen',
      'anthropic-messages',
      'https://h.example/compatible-mode/v1',
      'https://h.example/apps/anthropic/v1/messages',
    ],
    ['volcengine', 'openai-chat', 'https://ark.example/api/v3', 'https://ark.example/api/v3/chat/completions'],
    [
      'volcengine',
      'openai-chat',
      'https://ark.example/api/coding/v3',
      'https://ark.example/api/coding/v3/chat/completions',
    ],
    ['deepseek', 'openai-chat', 'https://api.deepseek.com/v1', 'https://api.deepseek.com/v1/chat/completions'],
    ['openrouter', 'anthropic-messages', 'https://openrouter.ai/api/v1', 'https://openrouter.ai/api/v1/messages'],
    ['openai-compatible', 'openai-chat', 'https://v.example/api/v4', 'https://v.example/api/v4/chat/completions'],
    ['openai-compatible', 'openai-chat', 'https://v.example/v1beta', 'https://v.example/v1beta/chat/completions'],
    ['openai-compatible', 'openai-chat', 'https://v.example', 'https://v.example/v1/chat/completions'],
  ])('%s, %s at %s', (provider, api, baseUrl, called) => {
    const { endpoints } = providerById(provider);
    expect(joinAddress(baseUrl, endpoints[api]?.generatePath ?? '', endpoints)).toBe(called);
  });

  it('is that of the paths that count tokens, too', () => {
    const { endpoints } = providerById('vllm');
    const path = endpoints['anthropic-messages']?.countTokensPath ?? '';
    expect(joinAddress('http://10.0.0.5:8000/v1', path, endpoints)).toBe(
      'http://10.0.0.5:8000/v1/messages/count_tokens',
    );
  });
});
