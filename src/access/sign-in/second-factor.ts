import { randomBytes } from 'node:crypto';
import type { Store } from '../../store/open.ts';
import {
  type SecondFactorRecord,
  secondFactorPlace,
  spendRecoveryCode,
  spendStep,
} from '../../store/people/second-factors.ts';
import type { Sealer } from '../sealing/sealer.ts';
import { digestSecret } from './secrets.ts';
import { matchTotp, TOTP_SECRET_BYTES, toBase32 } from './totp.ts';

/** What second factors are checked with. */
type Keeping = { store: Store; sealer: Sealer; pepper: Uint8Array };

/** A new authenticator, not confirmed yet, and its secret. */
export function newSecondFactor(
  { sealer }: Pick<Keeping, 'sealer'>,
  userId: string,
  now: number,
): { factor: SecondFactorRecord; secret: Uint8Array } {
  const secret = randomBytes(TOTP_SECRET_BYTES);
  const sealedSecret = sealer.seal(secret, secondFactorPlace(userId));
  return { factor: { userId, sealedSecret, madeAt: now, confirmedAt: null, lastStep: 0 }, secret };
}

/**
 * Whether this is a code of the authenticator; then it is used up, and no later try with it is right.
 * @param now Unix ms.
 * @throws SealError when the secret does not open.
 */
export async function checkTotp(
  { store, sealer }: Pick<Keeping, 'store' | 'sealer'>,
  { userId, sealedSecret }: SecondFactorRecord,
  code: string,
  now: number,
): Promise<boolean> {
  const step = matchTotp(sealer.open(sealedSecret, secondFactorPlace(userId)), code, now);
  return step !== undefined && (await spendStep(store, userId, step));
}

/** Whether this is a code of the authenticator or a recovery code, which is then used up. */
export async function checkSecondFactor(
  keeping: Keeping,
  factor: SecondFactorRecord,
  code: string,
  now: number,
): Promise<boolean> {
  const typed = code.replaceAll(/[\s-]/g, '').toUpperCase();
  if (/^\d{1,8}$/.test(typed)) return checkTotp(keeping, factor, typed, now);
  return spendRecoveryCode(keeping.store, factor.userId, digestSecret('recovery-code', typed, keeping.pepper));
}

const RECOVERY_CODES = 10;
const RECOVERY_CODE_BYTES = 10;

/** New recovery codes as people write them down, and the digests that are stored. */
export function newRecoveryCodes(pepper: Uint8Array): { codes: string[]; digests: Uint8Array[] } {
  const plain = Array.from({ length: RECOVERY_CODES }, () => toBase32(randomBytes(RECOVERY_CODE_BYTES)));
  return {
    codes: plain.map((code) => code.replaceAll(/.{4}(?=.)/g, '$&-')),
    digests: plain.map((code) => digestSecret('recovery-code', code, pepper)),
  };
}
