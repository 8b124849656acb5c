import { z } from '@hono/zod-openapi';
import type { Sealer } from '../access/sealing/sealer.ts';
import type { BackOff } from '../access/sign-in/back-off.ts';
import type { Identity } from '../access/sign-in/identify.ts';
import type { OidcClient } from '../access/sign-in/oidc.ts';
import type { Config } from '../config/config.ts';
import { isAtLeast, type ProjectRole, type Role } from '../core/role.ts';
import type { Store } from '../store/open.ts';
import { AdminError } from './problem.ts';
import type { UpstreamDesk } from './upstream-desk.ts';
import { type VisibleProjects, visibleProjects } from './visible-projects.ts';

/** Who may call an endpoint: anyone, or whoever has a role or one above it. */
export type Access = 'anyone' | Role;

/**
 * Whose the things of an endpoint are: nobody's, everybody's who has its role (such as names of models), the caller's own, those of
 * projects (only what `visibleProjects` gives), or the gateway's (admins alone).
 */
export type OwnerRule = 'nobody' | 'everybody' | 'self' | 'projects' | 'gateway';

/** A request that is asked once more. */
export type Replay = {
  /** The new exchange's. */
  requestId: string;
  originalId: string;
  project: { id: string; name: string };
  dialect: string;
  body: string;
  model: string;
  channel: string | undefined;
};

/** What endpoints work with. */
export type AdminParts = {
  store: Store;
  pepper: Uint8Array;
  sealer: Sealer;
  dataDir: string;
  backOff: BackOff;
  upstreams: UpstreamDesk;
  oidc: OidcClient;
  /** The configuration in force. */
  config(): Config;
  /** Unix ms. */
  now(): number;
  /** How channels are, as all processes of this gateway know them. */
  health(): Promise<object>;
  /** Asks a request once more, for nobody's account. */
  replay(request: Replay): Promise<{ status: number; text: string; truncated: boolean }>;
  /** How the disk of the data directory is. */
  disk(): string;
  /** Whether the server is about to close: what would go on for ever must end. */
  isClosing(): boolean;
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
  /** The body as it came: what its schema has made of it cannot always be written down again. Checked all the same. */
  sent: unknown;
  /** What the browser keeps of a sign-in by an identity provider that has begun. */
  flow: string | undefined;
  /** Gives the browser that, or takes it away with undefined. */
  setFlow(flow: string | undefined): void;
  /** Answers with a redirect to a path of ours. */
  redirect(path: string): void;
  /** Rejects when what is there is not what the caller has seen; undefined when they have not said what that is. */
  check: (() => Promise<void>) | undefined;
  /** Whether the caller takes server-sent events. */
  wantsStream: boolean;
  /** Who the caller is by now; undefined when the session has ended. That is no use of it. */
  identifyAgain(): Promise<Identity | undefined>;
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
  /**
   * What its entity tag is made of, as it stands in the store; undefined when it is not there. What it is about is named by texts
   * of the parameters, or of query and body, as they came.
   */
  version?: ((parts: AdminParts, names: Readonly<Record<string, string>>) => Promise<object | undefined>) | undefined;
  handle(parts: AdminParts, call: CheckedCall<Who, P, Q, B>): Promise<z.input<R>>;
};

/** The visible projects of a call; `require` asks for the role that its endpoint needs. */
type CallProjects = Omit<VisibleProjects, 'require'> & {
  /** @throws AdminError as {@link VisibleProjects.require} does. */
  require(projectId: string): void;
};

type ProjectCall<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject> = CheckedCall<
  Identity,
  P,
  Q,
  B
> & {
  projects: CallProjects;
};

type ProjectSpecification<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodObject,
  R extends z.ZodType,
> = Omit<Specification<Identity, P, Q, B, R>, 'handle'> & {
  handle(parts: AdminParts, call: ProjectCall<P, Q, B>): Promise<z.input<R>>;
  /** The same as server-sent events, for callers that take them. */
  stream?: (parts: AdminParts, call: ProjectCall<P, Q, B>) => Promise<ReadableStream<Uint8Array>>;
};

/** A row of the table of the admin API, as the server runs it. */
export type Endpoint = Omit<Specification<never, z.ZodObject, z.ZodObject, z.ZodObject, z.ZodType>, 'handle'> & {
  access: Access;
  owner: OwnerRule;
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
    owner: 'nobody',
    serve: (parts, call) => specification.handle(parts, check(specification, call)),
  };
}

/** An endpoint for whoever has the role `access` or one above it. What belongs to projects needs {@link projectEndpoint}. */
export function endpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, R extends z.ZodType>(
  access: Role,
  specification: Specification<Identity, P, Q, B, R> & { owner: 'everybody' | 'self' | 'gateway' },
): Endpoint {
  return {
    ...specification,
    access,
    serve: (parts, call) => {
      const identity = identityFor(access, call);
      return specification.handle(parts, { ...check(specification, call), identity });
    },
  };
}

/**
 * An endpoint about what belongs to projects, for their members with the role `needed` there: its handler must ask
 * `call.projects` of everything that it shows or changes. Who is no more than a `viewer` of the gateway changes nothing.
 */
export function projectEndpoint<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodObject,
  R extends z.ZodType,
>(needed: ProjectRole, specification: ProjectSpecification<P, Q, B, R>): Endpoint {
  const access = needed === 'viewer' ? 'viewer' : 'member';
  return {
    ...specification,
    access,
    owner: 'projects',
    serve: async (parts, call) => {
      const identity = identityFor(access, call);
      const checked = check(specification, call);
      const visible = await visibleProjects(parts.store, identity);
      const projects = { ...visible, require: (projectId: string) => visible.require(projectId, needed) };
      const projectCall = { ...checked, identity, projects };
      if (call.wantsStream && specification.stream) return specification.stream(parts, projectCall);
      return specification.handle(parts, projectCall);
    },
  };
}

/** @throws AdminError for who is nobody, or has not the role. */
function identityFor(access: Role, { identity }: RawCall): Identity {
  if (!identity) throw new AdminError('not_signed_in');
  if (!isAtLeast(identity.role, access)) throw new AdminError('forbidden');
  return identity;
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
