import { admit } from './admit.ts';
import type { ClientCall } from './call.ts';
import { Exchange } from './exchange.ts';
import type { Gateway } from './gateway.ts';
import { catchPayload } from './payloads/payload-catcher.ts';
import { tagsOf } from './request-tags.ts';

/**
 * Serves one `generate` request from its checks to its settled row: `design.md` §5, stops 3 to 15.
 * @throws GatewayError when nothing has been sent to the client yet; afterwards failures are told in the stream.
 */
export async function generate(gateway: Gateway, call: ClientCall): Promise<void> {
  const snapshot = gateway.snapshot();
  const tags = tagsOf(call.principal, call.headers);
  const { request, waited, release, settleLimits } = await admit(gateway, snapshot, call);
  const catcher = catchPayload(gateway, call);
  const exchange = new Exchange(gateway, snapshot, catcher?.call ?? call, { ...request, waited, tags, catcher });
  gateway.live.add(exchange);
  try {
    await exchange.run(release, settleLimits);
  } finally {
    gateway.live.remove(exchange);
    catcher?.finish(exchange.failure);
  }
}
