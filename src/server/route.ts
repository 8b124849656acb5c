import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../access/principal.ts';
import type { Responder } from '../gateway/call.ts';

/** Who may call a route: a key holder, whom the admin API's own table lets, a process on this machine, or anybody. */
export type RouteAuth = 'key' | 'admin' | 'local' | 'none';

/** One request as a handler gets it. */
export type RouteCall = {
  requestId: string;
  request: IncomingMessage;
  /** For handlers that answer by themselves; others use `responder`. */
  response: ServerResponse;
  /** Path without query, `/v1/v1/` folded. */
  path: string;
  query: URLSearchParams;
  /** The part of the path behind a route's prefix, decoded. */
  parameter: string;
  responder: Responder;
  /** Unix ms. */
  receivedAt: number;
  /** Unix ms on from there, see `clockFrom`. */
  now(): number;
};

/** A handler; what it throws is answered in the route's dialect. Routes with auth `key` get a principal. */
export type Handler<Auth extends RouteAuth> = (
  call: Auth extends 'key' ? RouteCall & { principal: Principal } : RouteCall,
) => Promise<void> | void;

type RouteOf<Auth extends RouteAuth> = {
  methods: readonly string[];
  /** An exact path, or a prefix when it ends in `/*`. */
  path: string;
  auth: Auth;
  /** For metrics and logs. */
  name: string;
  handle: Handler<Auth>;
};

type KeyRoute = RouteOf<'key'> & {
  /** Throws for a request that can only be refused, whoever asks: before its key is proven and its body read. */
  refuseEarly?(headers: IncomingHttpHeaders): void;
};

/** A row of the one route table: nothing is served that is not in it. */
export type Route = KeyRoute | RouteOf<'admin'> | RouteOf<'local'> | RouteOf<'none'>;
