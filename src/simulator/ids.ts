import { createHash } from 'node:crypto';
import type { MessagesRequest } from '../core/message.ts';

/** What stands for a request when ids are made: the same whether it is streamed or not. */
export function requestSeed(request: MessagesRequest): string {
  const { stream: _delivery, ...asked } = request;
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
}

/** 20 letters and digits that stand for `seed`, for the tail of an id. */
export function digestId(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 20);
}
