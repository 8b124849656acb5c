import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { RelayTarget } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { spliceJson } from '../json-splice.ts';
import { relayEdits } from './relay-edits.ts';

const { envelope } = testTools();
const TARGET: RelayTarget = { provider: 'here', quirks: OPENAI_QUIRKS, envelope, mayHoldSealed: true };
const edited = (body: JsonObject, target: Partial<RelayTarget> = {}) =>
  JSON.parse(
    Buffer.from(spliceJson(Buffer.from(JSON.stringify(body)), relayEdits(body, { ...TARGET, ...target }))).toString(),
  );

describe('C15 usage is asked for', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['where nothing is said', {}, { include_usage: true }],
    ['where null is said', { stream_options: null }, { include_usage: true }],
    ['beside other options', { stream_options: { x: 1 } }, { x: 1, include_usage: true }],
    ['against the wish of the client', { stream_options: { include_usage: false } }, { include_usage: true }],
  ])('%s', (_name, fields, options) => {
    expect(edited({ model: 'm', stream: true, ...fields })).toEqual({
      model: 'm',
      stream: true,
      stream_options: options,
    });
  });

  test.each<[string, JsonObject, Partial<RelayTarget>]>([
    ['the client asks itself', { stream: true, stream_options: { include_usage: true } }, {}],
    ['there is no stream', { stream: false }, {}],
    ['P97 the upstream does not know it', { stream: true }, { quirks: { ...OPENAI_QUIRKS, streamOptions: false } }],
  ])('not where %s', (_name, body, target) => {
    expect(relayEdits(body, { ...TARGET, ...target })).toEqual([]);
  });
});

describe('sealed reasoning', () => {
  const own = [{ type: 'reasoning.encrypted', data: 'of the upstream' }];
  const sealed = (origin: string, data: JsonObject) => ({
    type: 'reasoning.encrypted',
    index: 0,
    data: envelope.seal({ origin, data: { text: 'hm', ...data } }),
  });
  const withDetails = (...details: JsonObject[]) => ({
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b', reasoning_details: details },
    ],
  });
  const foreign = { type: 'reasoning.text', text: 'kept' };

  test("P7 becomes the upstream's own again, the rest stays", () => {
    const body = withDetails(foreign, sealed('here', { reasoning_details: own }));
    expect(edited(body)).toEqual(withDetails(foreign, ...own));
  });

  test('P7 P105 of another upstream goes, and its text with it', () => {
    const message = { role: 'assistant', content: 'b' };
    const details = [sealed('there', { reasoning_details: own })];
    expect(
      edited({ messages: [{ ...message, reasoning_content: 'hm', reasoning: 'hm', reasoning_details: details }] }),
    ).toEqual({ messages: [message] });
    expect(edited(withDetails(foreign, { type: 'reasoning.encrypted', data: 'ezm1.forged' }))).toEqual(
      withDetails(foreign),
    );
  });

  test('that holds nothing to give back goes, its text stays', () => {
    const message = { role: 'assistant', content: 'b', reasoning_content: 'hm' };
    expect(edited({ messages: [{ ...message, reasoning_details: [sealed('here', {})] }] })).toEqual({
      messages: [message],
    });
  });

  test('P38 where an upstream demands reasoning it gets an empty one', () => {
    const tool_calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }];
    const quirks = { ...OPENAI_QUIRKS, reasoningReplay: 'tool_calls' as const };
    const message = {
      role: 'assistant',
      tool_calls,
      reasoning_content: 'hm',
      reasoning_details: [sealed('there', {})],
    };
    expect(edited({ messages: [message] }, { quirks })).toEqual({
      messages: [{ role: 'assistant', tool_calls, reasoning_content: '' }],
    });
  });

  test('nobody looks for it in a body that cannot hold any', () => {
    const body = withDetails(sealed('there', {}));
    expect(relayEdits(body, { ...TARGET, mayHoldSealed: false })).toEqual([]);
    expect(relayEdits(withDetails(foreign), TARGET)).toEqual([]);
  });
});
