import type { ChannelConfig } from '../config/config.ts';
import { GatewayError } from '../core/error.ts';
import type { Message, MessagesRequest } from '../core/message.ts';
import type { Usage } from '../core/usage.ts';
import { targetsOf } from '../routing/resolve.ts';
import type { Transport } from '../upstream/send.ts';
import { Asker } from './probe/asker.ts';
import { endpointFor } from './target-endpoint.ts';
import { createCodecTools } from './wiring.ts';

/** What a channel said when it was tried; times are ms. */
export type ChannelTestResult =
  | { ok: true; firstEventMs: number; totalMs: number; message: Message; usage: Usage }
  | { ok: false; error: GatewayError };

const GREETING: MessagesRequest = {
  model: '',
  max_tokens: 16,
  stream: true,
  messages: [{ role: 'user', content: 'Say hello.' }],
};

/** Asks a channel for a few streamed tokens, past the ledger: a test of address, credential and model at once. */
export async function testChannel(
  transport: Transport,
  channel: ChannelConfig,
  upstreamModel: string,
): Promise<ChannelTestResult> {
  const [target] = targetsOf(upstreamModel, channel, upstreamModel);
  const endpoint = endpointFor(target, 'anthropic-messages');
  // Nothing that is sealed here is ever given back: any secret will do.
  const tools = createCodecTools(Date.now, new Uint8Array(0));
  const asker = new Asker({ transport, target, endpoint, tools });
  const answer = await asker.ask({ form: 'stream', message: GREETING });
  switch (answer.kind) {
    case 'message':
      return { ok: true, ...answer };
    case 'refusal':
      return { ok: false, error: answer.error };
    case 'count':
      return { ok: false, error: new GatewayError('bad_upstream', 'The upstream answered with a count') };
    default:
      return answer satisfies never;
  }
}
