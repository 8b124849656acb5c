import type { ToolIdForm } from '../../core/quirks.ts';
import type { LossList } from './loss-list.ts';

/** How each form looks, and how a SHA-256 in hex becomes one (`translation.md` §5). */
const FORMS: Record<ToolIdForm, { accepted: RegExp; make(hash: string): string }> = {
  up_to_40: { accepted: /^[a-zA-Z0-9_-]{1,40}$/, make: (hash) => `call_${hash.slice(0, 32)}` },
  up_to_64: { accepted: /^[a-zA-Z0-9_-]{1,64}$/, make: (hash) => `call_${hash.slice(0, 32)}` },
  nine_alphanumerics: {
    accepted: /^[a-zA-Z0-9]{9}$/,
    make: (hash) => BigInt(`0x${hash}`).toString(36).padStart(9, '0').slice(-9),
  },
};

/**
 * Tool call ids as the upstream takes them. The same id always becomes the same, in call and result and from request to
 * request (P98): an id that does not fit is replaced by its hash.
 */
export class ToolIds {
  private readonly form: ToolIdForm;
  private readonly hash: (text: string) => string;
  private readonly losses: LossList;
  private readonly reported = new Set<string>();

  constructor(form: ToolIdForm, hash: (text: string) => string, losses: LossList) {
    this.form = form;
    this.hash = hash;
    this.losses = losses;
  }

  /** The id to send for the caller's; the first change of an id is reported at `path`. */
  toUpstream(id: string, path: string): string {
    const { accepted, make } = FORMS[this.form];
    if (accepted.test(id)) return id;
    if (!this.reported.has(id)) this.losses.add('tool_id_changed', path);
    this.reported.add(id);
    return make(this.hash(id));
  }
}
