import type { Provider } from '../core/provider.ts';

/** Ends of the paths of the three APIs; what stands before them is the root that vendors print as their base address. */
const API_PATH = /\/(?:chat\/completions|responses|messages)$/;

/** A version at the end of an address, as in `/v1`. */
const VERSION = /\/v\d+(?:beta\d*)?$/;

/**
 * The address to call: people write a base address as the vendor's pages print it for one API or another, with or without
 * a version, so what it has in common with a path of the row is not repeated.
 */
export function joinAddress(baseUrl: string, path: string, endpoints: Provider['endpoints']): string {
  const roots = Object.values(endpoints).map(({ generatePath }) => generatePath.replace(API_PATH, ''));
  const root = roots.filter((each) => each !== '' && baseUrl.endsWith(each)).reduce(longer, '');
  if (root !== '') return `${baseUrl.slice(0, -root.length)}${path}`;
  // A version that the row does not know is the upstream's own, and stays.
  return VERSION.test(baseUrl) ? `${baseUrl}${path.replace(/^\/v\d+(?=\/)/, '')}` : `${baseUrl}${path}`;
}

function longer(one: string, other: string): string {
  return other.length > one.length ? other : one;
}
