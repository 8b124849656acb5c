import { RecentMap } from '../../core/recent-map.ts';

const known = new RecentMap<string, { text: string; name: string }>(1_000);
let names = 0;

/**
 * A statement as PostgreSQL takes it: `?` becomes `$1`, `$2` …, but in quotes; with a name under which a connection keeps it
 * prepared. The same text has the same name in this process.
 */
export function numbered(sql: string): { text: string; name: string } {
  const seen = known.get(sql);
  if (seen !== undefined) return seen;
  names += 1;
  let place = 0;
  const text = sql.replaceAll(/'[^']*'|"[^"]*"|\?/g, (part) => {
    if (part !== '?') return part;
    place += 1;
    return `$${place}`;
  });
  const statement = { text, name: `ezmodel_${names}` };
  known.set(sql, statement);
  return statement;
}
