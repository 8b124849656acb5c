import type { DialectId } from '../core/dialect.ts';
import type { Endpoint } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';

/** Limits in time of one upstream call, in ms. */
export type ChannelTimeouts = {
  connect: number;
  /** From sending to the first event of a stream, or to the headers of a whole answer. */
  firstEvent: number;
  /** Silence between two events. */
  idle: number;
  total: number;
};

/** A public model name or pattern (`*` matches any run of characters), and what the upstream calls it. */
export type ModelRule = {
  /** Public name or pattern. */
  pattern: string;
  /** Undefined: the public name itself. */
  upstream: string | undefined;
};

/** One upstream account. */
export type ChannelConfig = {
  name: string;
  /** Id of a row of the provider table. */
  provider: string;
  /** Without trailing slash. */
  baseUrl: string;
  apiKey: string | undefined;
  models: ModelRule[];
  /** Lower goes first. */
  priority: number;
  timeouts: ChannelTimeouts;
  /** True when the operator wrote the base URL: loopback and private addresses are then allowed (law SSRF). */
  privateAddressesAllowed: boolean;
  /** Simulator only: ms between two events of a stream. */
  pacing: number | undefined;
  /** What this upstream takes that its provider's row does not say, or the other way round. */
  quirks: Partial<Quirks>;
  /** Where it serves which dialect; undefined: as the provider's row says. */
  endpoints: Partial<Record<DialectId, Endpoint>> | undefined;
};

/** A public name that stands for an upstream model on given channels. */
export type ModelAlias = { model: string; channels: string[] | undefined };

/** Prices in nano-USD per million tokens, as an operator overrides them. */
export type PriceOverride = {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
};

/** A whole, checked configuration; immutable, swapped atomically on reload. */
export type Config = {
  /** The file it came from; undefined when it was made from the environment. */
  file: string | undefined;
  channels: ChannelConfig[];
  models: Map<string, ModelAlias>;
  /** By upstream model name. */
  prices: Map<string, PriceOverride>;
  server: {
    /** Largest request body in bytes, before and after decompression. */
    maxBodyBytes: number;
    /** Bytes of request bodies that all requests may hold together. */
    maxBodyBytesInFlight: number;
    /** A request body that brings too little over this long is given up, in ms. */
    slowBody: number;
    /** A client that takes nothing of its answer for this long is cut off, in ms. */
    stalledReader: number;
    /** How long streams may run on after SIGTERM, in ms. */
    drain: number;
    /** Silence on a stream after which a keep-alive is sent, in ms. */
    keepAlive: number;
    /** Files that requests name by URL and that have to be fetched for their upstream. */
    media: { maxBytes: number; timeout: number; privateAddressesAllowed: boolean };
    /** Open requests that one key may hold. */
    maxConcurrentPerKey: number;
  };
};
