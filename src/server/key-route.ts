import type { Gateway } from '../gateway/gateway.ts';
import { describeKey } from '../gateway/key-status.ts';
import type { Store } from '../store/open.ts';
import type { Handler } from './route.ts';
import { sendJson } from './send-json.ts';

/** `GET /v1/ezmodel/key`: what a key holder may know of the key itself. */
export function keyHandler(gateway: Gateway, store: Store): Handler<'key'> {
  return async ({ principal, responder }) => {
    sendJson(responder, 200, await describeKey(gateway, store, principal), { 'cache-control': 'no-store' });
  };
}
