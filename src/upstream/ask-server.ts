import { Pool } from 'undici';

/** How long a server on this machine may take, in ms. */
const PATIENCE = 2_000;

/**
 * What a running server of ours says at `path`, as parsed JSON; no credential goes with it. Undefined when none answers there,
 * or not with 200 and JSON: commands work without a server, too.
 */
export async function askServer(address: string, path: string): Promise<unknown> {
  const pool = new Pool(new URL(address).origin);
  try {
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path,
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const text = await body.text();
    return statusCode === 200 ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  } finally {
    await pool.destroy();
  }
}
