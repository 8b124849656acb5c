import { expect, test } from 'vitest';
import { safeAnswerHeaders, safeClientHeaders } from './safe-headers.ts';

const parse = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

test('of a client what it is and asks for is kept, and nothing that it is let in by', () => {
  const kept = safeClientHeaders({
    'user-agent': 'claude-cli/2.1.0 (external, cli)',
    'anthropic-beta': ['claude-code-20250219', 'fine-grained-tool-streaming-with-a-long-name-2025-05-14'],
    'x-stainless-lang': 'js',
    authorization: 'Bearer sk-ez-abcdefghijkl',
    'x-api-key': 'sk-ez-abcdefghijkl',
    'proxy-authorization': 'Basic abc',
    cookie: 'session=1',
    'x-forwarded-for': '192.0.2.1',
    'x-ezmodel-tags': 'a',
  });
  expect(parse(kept)).toEqual({
    'user-agent': 'claude-cli/2.1.0 (external, cli)',
    'anthropic-beta': 'claude-code-20250219, fine-grained-tool-streaming-with-a-long-name-2025-05-14',
    'x-stainless-lang': 'js',
  });
  expect(safeClientHeaders({ host: 'here' })).toBeUndefined();
});

test('of an upstream its request id and its limits are kept, and no cookie', () => {
  const kept = safeAnswerHeaders({
    'request-id': 'req_011CSHoEeqs5C35K2UUqR7Fy',
    'anthropic-ratelimit-requests-remaining': '49',
    'retry-after': '3',
    'set-cookie': 'a=b',
    'anthropic-organization-id': 'f00',
  });
  expect(parse(kept)).toEqual({
    'request-id': 'req_011CSHoEeqs5C35K2UUqR7Fy',
    'anthropic-ratelimit-requests-remaining': '49',
    'retry-after': '3',
  });
});

test('what looks like a credential is masked wherever it stands, and all of it is bounded', () => {
  const secret = 'sk-ez-abcdefghijkl-0123456789012345678901234567890123456789012-abcdef';
  const token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJzdWIiOiIxIn0';
  expect(parse(safeClientHeaders({ 'user-agent': `agent/1 (${secret}; ${token})` }))).toEqual({
    'user-agent': 'agent/1 (…; …)',
  });
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`x-stainless-${index}`, 'some "words" '.repeat(99)]),
  );
  const bounded = safeClientHeaders(many) ?? '';
  expect(bounded.length).toBeLessThanOrEqual(1024);
  expect(Object.keys(Object(parse(bounded))).length).toBeGreaterThan(1);
});
