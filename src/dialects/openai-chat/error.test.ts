import { expect, test } from 'vitest';
import { GatewayError } from '../../core/error.ts';
import { formatStreamError, parseError, streamErrorOf } from './error.ts';

test('P75 P108 an error in a stream is a data line, without a name and without [DONE]', () => {
  expect(Buffer.from(formatStreamError(new GatewayError('overloaded', 'busy'))).toString()).toBe(
    'data: {"error":{"message":"busy","type":"server_error","param":null,"code":"overloaded"}}\n\n',
  );
});

test('P41 U9 a whole refusal keeps its bytes, one in a stream is told anew', () => {
  const said = { error: { message: 'm', code: 429 } };
  const body = Buffer.from(JSON.stringify(said));
  const upstream = { status: 429, dialect: 'openai-chat', body };
  expect(parseError(429, {}, body, 0)).toMatchObject({ kind: 'rate_limited', message: 'm', upstream });
  const { kind, message, upstream: told } = streamErrorOf(said);
  expect({ kind, message, told }).toEqual({ kind: 'rate_limited', message: 'm', told: { status: 429 } });
});
