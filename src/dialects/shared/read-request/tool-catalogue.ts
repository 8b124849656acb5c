import type { JsonObject } from '../../../core/json.ts';
import type { Tool } from '../../../core/message.ts';
import { refuse } from '../fields.ts';

/** The longest tool name that every format takes. */
const MAX_NAME_LENGTH = 64;

/** How much of the hash of a name tells it from others. */
const HASH_LENGTH = 8;

/**
 * The tools of one request under their canonical names. A tool inside a namespace is called `namespace__name` there, cut
 * and cleaned where Messages would refuse that, and unique (P88, P89); the same tools always get the same names.
 */
export class ToolCatalogue {
  readonly tools: Tool[] = [];
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #hash: (text: string) => string;

  constructor(hash: (text: string) => string) {
    this.#hash = hash;
  }

  /**
   * Takes a tool in and gives it its canonical name.
   * @throws GatewayError `invalid_request` when there is one of that name already.
   */
  add(tool: JsonObject, name: string, namespace: string | undefined, field: string): void {
    const key = keyOf(name, namespace);
    const canonical = namespace === undefined ? name : this.#freeName(name, namespace);
    if (this.#names.has(key) || this.#taken.has(canonical)) refuse(field, `There are two tools named '${name}'`);
    this.#names.set(key, canonical);
    this.#taken.add(canonical);
    this.tools.push({ ...tool, name: canonical });
  }

  /** The canonical name of a tool that a call or a choice refers to, whether or not it is declared. */
  nameOf(name: string, namespace: string | undefined): string {
    const declared = this.#names.get(keyOf(name, namespace));
    if (declared !== undefined) return declared;
    return namespace === undefined ? name : this.#shortName(name, namespace);
  }

  /** Whether there is a tool of this canonical name. */
  has(canonicalName: string): boolean {
    return this.#taken.has(canonicalName);
  }

  #freeName(name: string, namespace: string): string {
    const short = this.#shortName(name, namespace);
    return this.#taken.has(short) ? this.#hashedName(short, name, namespace) : short;
  }

  #shortName(name: string, namespace: string): string {
    const full = `${namespace}__${name}`;
    const clean = full.replace(/[^A-Za-z0-9_-]/g, '_');
    return clean === full && full.length <= MAX_NAME_LENGTH ? full : this.#hashedName(clean, name, namespace);
  }

  #hashedName(clean: string, name: string, namespace: string): string {
    const hash = this.#hash(keyOf(name, namespace)).slice(0, HASH_LENGTH);
    return `${clean.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1)}_${hash}`;
  }
}

function keyOf(name: string, namespace: string | undefined): string {
  return JSON.stringify([namespace ?? null, name]);
}
