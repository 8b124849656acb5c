import { expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { RelayTarget } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { spliceJson } from '../json-splice.ts';
import { relayEdits } from './relay-edits.ts';

const { envelope } = testTools();
const TARGET: RelayTarget = { provider: 'here', quirks: OPENAI_QUIRKS, envelope, mayHoldSealed: true };
const edited = (body: JsonObject) =>
  JSON.parse(Buffer.from(spliceJson(Buffer.from(JSON.stringify(body)), relayEdits(body, TARGET))).toString());

const sealed = (origin: string, data: JsonObject) => ({
  type: 'reasoning',
  id: 'rs_ours',
  summary: [],
  encrypted_content: envelope.seal({ origin, data: { text: 'hm', ...data } }),
});
const message = { type: 'message', role: 'user', content: 'a' };
const foreign = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'of the upstream itself' };

test("P7 sealed reasoning becomes the upstream's own again, the rest stays", () => {
  const body = { input: [message, sealed('here', { id: 'rs_theirs', encrypted_content: 'theirs' }), foreign] };
  const item = { type: 'reasoning', id: 'rs_theirs', summary: [], encrypted_content: 'theirs' };
  expect(edited(body)).toEqual({ input: [message, item, foreign] });
});

test('P7 P99 sealed reasoning of another upstream goes, and its item with it', () => {
  const state = { id: 'rs_theirs', encrypted_content: 'theirs' };
  expect(edited({ input: [message, sealed('there', state), foreign] })).toEqual({ input: [message, foreign] });
  expect(edited({ input: [sealed('here', {}), message] })).toEqual({ input: [message] });
});

test('nothing else is touched', () => {
  const body = { input: [message, sealed('there', {})] };
  expect(relayEdits(body, { ...TARGET, mayHoldSealed: false })).toEqual([]);
  expect(relayEdits({ input: [message, foreign] }, TARGET)).toEqual([]);
  expect(relayEdits({ input: 'ezm1. is only a text' }, TARGET)).toEqual([]);
});
