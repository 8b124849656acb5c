import type { SessionBoard } from './session-board.ts';

/** The board of a server that has a Redis; loaded here, so that one without starts without its client. */
export async function openSessionBoard(
  url: string | undefined,
  onFailure: () => void,
): Promise<SessionBoard | undefined> {
  if (url === undefined) return undefined;
  const { createSessionBoard } = await import('./session-board.ts');
  return createSessionBoard(url, onFailure);
}
