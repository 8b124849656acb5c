/** Ids to look for in a column. PostgreSQL takes no empty list: then it is one that no row has. */
export function idsOrNone(ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [''] : ids;
}
