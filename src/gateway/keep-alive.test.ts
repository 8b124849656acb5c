import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseConfig } from '../config/load.ts';
import { DIALECTS } from '../dialects/index.ts';
import { PROVIDERS } from '../providers/index.ts';
import { KeepAlive } from './keep-alive.ts';

const { server } = parseConfig('/ezmodel.yaml', 'channels: [{ name: s, provider: simulator }]', PROVIDERS, {});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function started(id: keyof typeof DIALECTS) {
  const sent: string[] = [];
  let begun = false;
  const responder = {
    hasBegun: () => begun,
    gone: new AbortController().signal,
    announce: () => undefined,
    begin() {
      begun = true;
      sent.push('headers');
    },
    write(bytes: Uint8Array) {
      sent.push(Buffer.from(bytes).toString());
      return undefined;
    },
    end: () => undefined,
  };
  const keepAlive = new KeepAlive(responder, DIALECTS[id].server.keepAlive, {
    interval: server.keepAlive,
    answerHeaders: () => ({}),
    onSend: () => undefined,
  });
  return { keepAlive, sent };
}

test.each([
  ['anthropic-messages', 'event: ping\ndata: {"type": "ping"}\n\n'],
  ['openai-chat', ': keep-alive\n\n'],
  ['openai-responses', ': keep-alive\n\n'],
] as const)('U5 U10 %s: headers and a comment after 15 s, then every 10 s, as the defaults are', (id, afterContent) => {
  const { keepAlive, sent } = started(id);
  vi.advanceTimersByTime(14_999);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual(['headers', ': keep-alive\n\n']);
  vi.advanceTimersByTime(10_000);
  expect(sent.slice(2)).toEqual([': keep-alive\n\n']);
  keepAlive.sent();
  vi.advanceTimersByTime(9_999);
  expect(sent.slice(3)).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent.slice(3)).toEqual([afterContent]);
  keepAlive.close();
  vi.advanceTimersByTime(60_000);
  expect(sent).toHaveLength(4);
});
