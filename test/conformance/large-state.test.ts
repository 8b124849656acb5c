import { expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { messageEnd, messageStart, sseEvent } from '../support/anthropic-stream.ts';
import { testTools } from '../support/codec-tools.ts';
import { convertStream, PAIRS, pairTap } from '../support/pair-stream.ts';

/** Two megabytes in one event: far more than any line buffer holds. */
const SIGNATURE = 'U2lnbmF0dXJl'.repeat(180_000);

const PARTS = { model: 'upstream-model', usage: { input: 5, output: 3 } };

const STREAM = Buffer.concat([
  messageStart(PARTS),
  sseEvent('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
  sseEvent('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } }),
  sseEvent('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: SIGNATURE } }),
  sseEvent('content_block_stop', { index: 0 }),
  ...messageEnd(PARTS),
]);

/** As a socket delivers it. */
function* packets(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

const FROM_MESSAGES: DialectId = 'anthropic-messages';

test.each(PAIRS.filter(({ upstream }) => upstream.id === FROM_MESSAGES))(
  'P65 a signature of two megabytes comes through whole: $title',
  (pair) => {
    const text = convertStream(pairTap(pair), packets(STREAM)).toString();
    const sealed = /"(?:data|encrypted_content)":"(ezm1\.[^"]+)"/.exec(text)?.[1] ?? '';
    expect(testTools().envelope.open(sealed)?.data['signature'] === SIGNATURE).toBe(true);
  },
);
