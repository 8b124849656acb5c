/** Patterns of header names in lower case: `*` stands at the end, for any rest. */
export type Names = readonly string[];

/** Whether a header's name is one of these. */
export function isNamed(name: string, names: Names): boolean {
  return names.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
}
