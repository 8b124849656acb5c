import type { Dialect, RelayNames, RelayTap } from '../core/dialect.ts';
import type { Loss } from '../core/loss.ts';
import { type OpaqueEnvelope, SEAL_TAG } from '../core/opaque.ts';
import type { Usage } from '../core/usage.ts';
import type { ClientCall } from './call.ts';
import type { TargetEndpoint } from './target-endpoint.ts';

/** How one attempt's request gets to its target and the answer back: as the same bytes, or converted. */
export type Passage = {
  /** The dialect spoken with the upstream. */
  upstream: Dialect;
  /** What the upstream is sent. */
  body: Uint8Array;
  /** The client's headers, as far as this passage lets them through; the provider's list decides about the rest. */
  headers: ClientCall['headers'];
  /** Whether client and upstream speak the same dialect. */
  isRelay: boolean;
  /** What is lost on the way there, and on the way back so far; a relay loses nothing. */
  losses: readonly Loss[];
  /** Takes the frames of a streamed answer. */
  tap(): RelayTap;
  /** Takes a whole answer. @throws GatewayError `bad_upstream`; what an error under a 200 stands for. */
  takeWhole(body: Uint8Array): { usage: Usage; bytes: Uint8Array };
};

/** What a passage is made for. */
export type PassageParts = {
  call: ClientCall;
  endpoint: TargetEndpoint;
  upstreamModel: string;
  /** The name that the client asked for. */
  publicModel: string;
  /** See `RelayNames`. */
  onState: RelayNames['onState'];
};

/** Same dialect on both sides: the client's bytes, but for the edits that law Relay lists. */
export function relayPassage(
  { call, endpoint, upstreamModel, publicModel, onState }: PassageParts,
  envelope: OpaqueEnvelope,
): Passage {
  const { relay } = endpoint.dialect;
  const { body, parsed, requestId, headers } = call;
  const isRenamed = upstreamModel !== publicModel;
  const edits = relay.edits(parsed, {
    provider: endpoint.provider.id,
    quirks: endpoint.quirks,
    envelope,
    mayHoldSealed: holdsText(body, SEAL_TAG),
  });
  if (isRenamed) edits.push({ path: ['model'], value: upstreamModel });
  const shownModel = isRenamed ? publicModel : undefined;
  const names = { requestId, publicModel: shownModel, body: parsed, quirks: endpoint.quirks, onState };
  return {
    upstream: endpoint.dialect,
    body: edits.length === 0 ? body : relay.splice(body, edits),
    headers,
    isRelay: true,
    losses: [],
    tap: () => relay.tap(names),
    takeWhole: (answer) => relay.takeResponse(answer, names),
  };
}

function holdsText(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text);
}
