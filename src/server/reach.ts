import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Config } from '../config/config.ts';
import { GatewayError } from '../core/error.ts';
import { isLocal } from './is-local.ts';

/**
 * Lets a request through to what operators use: from this machine alone unless the operator has opened it, and under a name that
 * is known, since a page that another name has led here (DNS rebinding) would pass for our own.
 * @param path what the refusal says is not there.
 * @throws GatewayError `not_found`, so that nobody sees from elsewhere that there is something.
 */
export function checkReach(request: IncomingMessage, { open, hosts }: Config['server']['admin'], path: string): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const isKnown = host === 'localhost' || isIP(host.replace(/^\[|\]$/g, '')) !== 0 || hosts.includes(host);
  if (isKnown && (open || isLocal(request))) return;
  throw new GatewayError('not_found', `Not found: ${request.method} ${path}`);
}
