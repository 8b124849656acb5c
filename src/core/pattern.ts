/**
 * Whether a name fits a pattern in which `*` stands for any run of characters, the empty one included; case counts.
 * Linear in practice: a run is matched at its first fit, and only the last `*` is ever widened (no regular expression, `reliability.md` §3).
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let inPattern = 0;
  let inName = 0;
  let lastStar = -1;
  let resumeAt = 0;
  while (inName < name.length) {
    if (pattern[inPattern] === '*') {
      lastStar = inPattern++;
      resumeAt = inName;
    } else if (inPattern < pattern.length && pattern[inPattern] === name[inName]) {
      inPattern++;
      inName++;
    } else if (lastStar >= 0) {
      inPattern = lastStar + 1;
      inName = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
