import type { LossList } from './loss-list.ts';

/** What the OpenAI formats and their imitators take as the name of a function (`translation.md` §3). */
const ACCEPTED = /^[a-zA-Z0-9_-]{1,64}$/;

const LONGEST = 64;

/** Hex digits of the hash behind a changed name. */
const SUFFIX = 8;

/**
 * Tool names as the upstream takes them: what fits stays, what does not becomes its readable part and a hash of the whole
 * (P88). Two tools never share a name (P89), and a name is the same in tools, history and tool choice. One per request.
 */
export class ToolNames {
  private readonly sent = new Map<string, string>();
  private readonly originals = new Map<string, string>();
  private readonly hash: (text: string) => string;
  private readonly losses: LossList;

  constructor(hash: (text: string) => string, losses: LossList) {
    this.hash = hash;
    this.losses = losses;
  }

  /** The name to send for the caller's; a first change is reported at `path`. */
  toUpstream(name: string, path: string): string {
    const known = this.sent.get(name);
    if (known !== undefined) return known;
    const fitting = this.fit(name);
    if (fitting !== name) this.losses.add('tool_renamed', path);
    this.sent.set(name, fitting);
    this.originals.set(fitting, name);
    return fitting;
  }

  /** From each changed name to the caller's own. */
  changed(): ReadonlyMap<string, string> {
    return new Map([...this.originals].filter(([fitting, name]) => fitting !== name));
  }

  private fit(name: string): string {
    if (ACCEPTED.test(name) && !this.originals.has(name)) return name;
    const readable = name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, LONGEST - SUFFIX - 1);
    let seed = name;
    for (;;) {
      const candidate = `${readable}_${this.hash(seed).slice(0, SUFFIX)}`;
      if (!this.originals.has(candidate)) return candidate;
      seed += '+';
    }
  }
}
