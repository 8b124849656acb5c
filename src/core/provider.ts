import type { DialectId } from './dialect.ts';
import type { ModelFacts } from './model.ts';

/** How a credential is put on a call. */
export type AuthKind = 'x-api-key' | 'bearer' | 'none';

/** Where a provider serves a dialect; paths are appended to the channel's base URL. */
export type Endpoint = { generatePath: string; countTokensPath: string };

/** A vendor family, as data: a vendor is a row, a dialect is code (`design.md` §4). */
export type Provider = {
  id: string;
  /** For people. */
  name: string;
  /** Undefined where there is no well-known address and a channel must name its own. */
  defaultBaseUrl: string | undefined;
  /** The environment variable that, when set and without a config file, makes a channel of this provider. */
  environmentKey: string | undefined;
  auth: AuthKind;
  /** `simulator` is answered in process, without a socket. */
  transport: 'http' | 'simulator';
  endpoints: Partial<Record<DialectId, Endpoint>>;
  /** Client headers that are passed on; a trailing `*` is a prefix. All others stay here. */
  forwardHeaders: readonly string[];
  /** Public names that a channel serves when its config names none. */
  defaultModels: readonly string[];
  models: readonly ModelFacts[];
  /** The provider id under which the price catalogue lists these models. */
  priceCatalogue: string;
};
