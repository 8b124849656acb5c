import type { DialectId } from './dialect.ts';
import type { ModelFacts } from './model.ts';
import type { Quirks } from './quirks.ts';

/** How a credential is put on a call. */
export type AuthKind = 'x-api-key' | 'api-key' | 'bearer' | 'none';

/**
 * Where a provider serves a dialect. Paths are appended to the channel's base URL; where that has a version (`/v1`), the path leaves its own
 * out.
 */
export type Endpoint = {
  generatePath: string;
  /** Undefined where tokens cannot be counted: they are then estimated. */
  countTokensPath: string | undefined;
};

/** How models of a provider differ from its row: the first pattern that fits counts. */
export type ModelQuirks = { pattern: string; quirks: Partial<Quirks> };

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
  /** For a client of a dialect that is not served here, the first one is used. */
  endpoints: Partial<Record<DialectId, Endpoint>>;
  quirks: Quirks;
  modelQuirks: readonly ModelQuirks[];
  /** Where each unusual quirk is documented, for people. */
  sources: readonly string[];
  /** Client headers that are passed on; a trailing `*` is a prefix. All others stay here. */
  forwardHeaders: readonly string[];
  /** Public names that a channel serves when its config names none. */
  defaultModels: readonly string[];
  models: readonly ModelFacts[];
  /** The provider id under which the price catalogue lists these models. */
  priceCatalogue: string;
};
