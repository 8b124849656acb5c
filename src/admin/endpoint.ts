import { z } from '@hono/zod-openapi';
import type { BackOff } from '../access/sign-in/back-off.ts';
import type { Identity } from '../access/sign-in/identify.ts';
import { isAtLeast, type Role } from '../core/role.ts';
import type { Store } from '../store/open.ts';
import { AdminError } from './problem.ts';

/** Who may call an endpoint: anyone, or whoever has a role or one above it. */
export type Access = 'anyone' | Role;

/** What endpoints work with. */
export type AdminParts = {
  store: Store;
  pepper: Uint8Array;
  dataDir: string;
  backOff: BackOff;
  /** Unix ms. */
  now(): number;
};

/** A request as an endpoint is called with it. */
type Call<Who> = {
  identity: Who;
  /** Where the request comes from. */
  address: string;
  /** The `user-agent` header, cut short. */
  agent: string;
  /** Gives the browser a session, or takes it away with undefined. */
  setSession(secret: string | undefined): void;
};

/** A call whose parts have not been checked. */
export type RawCall = Call<Identity | undefined> & { params: unknown; query: unknown; body: unknown };

/** A call whose parts have. */
type CheckedCall<Who, P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject> = Call<Who> & {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
};

/** What an endpoint is made of; whatever its schemas do not name is refused (mass assignment). */
type Specification<Who, P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, R extends z.ZodType> = {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** Under `/admin/api`, with `{parameters}`. */
  path: string;
  /** One sentence for the API document. */
  summary: string;
  /** Of success. */
  status: 200 | 201;
  params: P;
  query: Q;
  body: B;
  answer: R;
  handle(parts: AdminParts, call: CheckedCall<Who, P, Q, B>): Promise<z.input<R>>;
};

/** A row of the table of the admin API, as the server runs it. */
export type Endpoint = Omit<Specification<never, z.ZodObject, z.ZodObject, z.ZodObject, z.ZodType>, 'handle'> & {
  access: Access;
  /** @throws z.ZodError when something of the request is wrong, AdminError when it is refused. */
  serve(parts: AdminParts, call: RawCall): Promise<unknown>;
};

/** For an endpoint that takes no parameters, no query or no body. */
export const NOTHING = z.strictObject({});

/** An endpoint that anyone may call. */
export function openEndpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, R extends z.ZodType>(
  specification: Specification<Identity | undefined, P, Q, B, R>,
): Endpoint {
  return {
    ...specification,
    access: 'anyone',
    serve: (parts, call) => specification.handle(parts, check(specification, call)),
  };
}

/** An endpoint for whoever has the role `access` or one above it. */
export function endpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, R extends z.ZodType>(
  access: Role,
  specification: Specification<Identity, P, Q, B, R>,
): Endpoint {
  return {
    ...specification,
    access,
    serve: (parts, call) => {
      const { identity } = call;
      if (!identity) throw new AdminError('not_signed_in');
      if (!isAtLeast(identity.role, access)) throw new AdminError('forbidden');
      return specification.handle(parts, { ...check(specification, call), identity });
    },
  };
}

function check<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject>(
  { params, query, body }: { params: P; query: Q; body: B },
  call: RawCall,
): CheckedCall<Identity | undefined, P, Q, B> {
  return {
    ...call,
    params: params.parse(call.params),
    query: query.parse(call.query),
    body: body.parse(call.body),
  };
}
