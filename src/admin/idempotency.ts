import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { StoreError } from '../store/failure.ts';
import { type AnswerPlace, claimAnswer, dropClaim, findAnswer, keepAnswer } from '../store/people/given-answers.ts';
import type { AdminParts } from './endpoint.ts';
import { AdminError } from './problem.ts';

/** The header with which a write may be sent again without being done again. */
export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** How long an answer is kept, in ms. */
const KEPT = 24 * 60 * 60_000;

const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/** A request that its sender may repeat. */
export type RepeatableRequest = {
  /** As the audit log names whoever sends it: nobody else's keys are looked at. */
  actor: string;
  /** The value of {@link IDEMPOTENCY_HEADER}. */
  key: string;
  /** Method, path and body in one text: the same key with another one is refused. */
  request: string;
};

/**
 * Makes an answer once for each key: whoever repeats the request within a day gets the answer that was given. A failure is not
 * kept, since nothing was done. Answers may hold secrets that are shown once, so they are sealed under the key that only its
 * sender has.
 * @throws AdminError for a malformed key, one that came with another request, and one whose request is still under way.
 */
export async function answerOnce(
  { store, pepper, now }: Pick<AdminParts, 'store' | 'pepper' | 'now'>,
  { actor, key, request }: RepeatableRequest,
  make: () => Promise<unknown>,
): Promise<{ answer: unknown; isRepeated: boolean }> {
  if (!KEY_PATTERN.test(key)) {
    const message = 'must be 1 to 255 visible ASCII characters';
    throw new AdminError('invalid_request', `${IDEMPOTENCY_HEADER}: ${message}`, {
      errors: [{ field: IDEMPOTENCY_HEADER, message }],
    });
  }
  const place: AnswerPlace = { actor, digest: createHmac('sha256', pepper).update(`idempotency\n${key}`).digest() };
  const sealing = Buffer.from(hkdfSync('sha256', key, pepper, 'ezmodel given answers', 32));
  const fingerprint = createHmac('sha256', pepper).update(`request\n${request}`).digest();
  const at = now();
  if (!(await claimAnswer(store, { ...place, request: fingerprint, at }, at - KEPT))) {
    const given = await findAnswer(store, place);
    if (given && Buffer.compare(given.request, fingerprint) !== 0) throw new AdminError('key_reused');
    if (!given?.body) {
      const detail = 'A request with this idempotency key is under way, or how it ended is not known';
      throw new AdminError('conflict', detail, { retryAfter: 1 });
    }
    return { answer: open(sealing, given.body), isRepeated: true };
  }
  const answer = await make().catch(async (error: unknown) => {
    // What the store did not answer may have been done: only what was surely refused may be tried again.
    if (!(error instanceof StoreError) || error.kind === 'rejected') await dropClaim(store, place);
    throw error;
  });
  await keepAnswer(store, place, seal(sealing, answer));
  return { answer, isRepeated: false };
}

function seal(key: Uint8Array, answer: unknown): Uint8Array {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG });
  return Buffer.concat([nonce, cipher.update(JSON.stringify(answer)), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, sealed: Uint8Array): unknown {
  const end = sealed.length - TAG;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(end));
  const text = Buffer.concat([decipher.update(sealed.subarray(NONCE, end)), decipher.final()]).toString();
  const answer: unknown = JSON.parse(text);
  return answer;
}
