import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { GatewayError, toGatewayError } from '../core/error.ts';

/** A body that brings less than this only holds a place, in bytes a second (`reliability.md` C3). */
const SLOWEST_BODY = 1024;

/**
 * Hands every chunk of a body to `take` as it comes; resolves at its end. Nothing is read any more once it has failed.
 * @param window over this long a body must have brought what the slowest would, in ms.
 * @throws GatewayError `request_timeout` when it has not, `aborted` when it breaks off, and whatever `take` throws.
 */
export function receiveChunks(
  request: IncomingMessage,
  window: number,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sinceCheck = 0;

    const onData = (chunk: Uint8Array) => {
      sinceCheck += chunk.length;
      try {
        take(chunk);
      } catch (thrown) {
        stop(toGatewayError(thrown));
      }
    };
    const checkPace = () => {
      if (sinceCheck < (SLOWEST_BODY * window) / 1_000) {
        stop(new GatewayError('request_timeout', 'The request body was not received in time'));
      }
      sinceCheck = 0;
    };
    const stop = (failure?: GatewayError) => {
      clearInterval(pace);
      forget();
      request.off('data', onData);
      if (failure === undefined) return resolve();
      request.pause();
      reject(failure);
    };

    const pace = setInterval(checkPace, window);
    const forget = finished(request, { writable: false }, (cause) => {
      stop(
        cause ? new GatewayError('aborted', 'The request ended before its body was complete', { cause }) : undefined,
      );
    });
    request.on('data', onData);
  });
}
