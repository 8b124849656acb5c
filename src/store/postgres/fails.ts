/**
 * The end of a statement that may only do what it does when all conditions hold. Where one does not, it divides by zero: that
 * takes back all that the statement did, without a second trip to the database.
 */
export function fails(conditions: readonly string[]): string {
  return `SELECT 1 / CASE WHEN ${['true', ...conditions].join(' AND ')} THEN 1 ELSE 0 END AS done`;
}
