import type { ToolIds } from '../shared/tool-ids.ts';

/**
 * Ids of tool calls as the API takes them: of its alphabet (P98), and never twice in one conversation, though some
 * upstreams number the calls of each answer anew. The same conversation always gets the same ids.
 */
export class CallIds {
  private readonly ids: ToolIds;
  private readonly used = new Set<string>();
  /** The id that went out for the latest call of each of the caller's ids. */
  private readonly latest = new Map<string, string>();

  constructor(ids: ToolIds) {
    this.ids = ids;
  }

  /** The id to send for a call; calls must be asked for in the order of the conversation. */
  ofCall(id: string, path: string): string {
    let sent = this.ids.toUpstream(id, path);
    // A blank is in no id that fits, so that each round gives a hash of its own.
    for (let round = 2; this.used.has(sent); round++) sent = this.ids.toUpstream(`${id} ${round}`, path);
    this.used.add(sent);
    this.latest.set(id, sent);
    return sent;
  }

  /** The id to send for a result: that of the call before it. */
  ofResult(id: string, path: string): string {
    return this.latest.get(id) ?? this.ids.toUpstream(id, path);
  }
}
