import type { Dialect } from '../../core/dialect.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { spliceJson } from '../json-splice.ts';
import { formatError, formatStreamError, parseError } from './error.ts';
import { createRelayTap } from './relay-tap.ts';
import { parseRequest, peekRequest } from './request.ts';
import { formatResponse, parseResponse, takeResponse } from './response.ts';
import { createStreamDecoder, createStreamEncoder } from './stream.ts';

/** The Anthropic Messages API, as served and as called. */
export const ANTHROPIC_MESSAGES: Dialect = {
  id: 'anthropic-messages',
  requiredHeader: 'anthropic-version',
  server: {
    parseRequest,
    formatResponse,
    streamEncoder: createStreamEncoder,
    formatError,
    formatStreamError,
    keepAlive: {
      // A ping belongs behind message_start; a comment is harmless to every client (`clients.md` §5.6, §6).
      beforeFirstEvent: Buffer.from(': keep-alive\n\n'),
      afterFirstEvent: encodeFrame({ event: 'ping', data: '{"type": "ping"}' }),
    },
  },
  client: {
    formatRequest: (request) => ({ body: Buffer.from(JSON.stringify(request)), losses: [] }),
    parseResponse,
    streamDecoder: createStreamDecoder,
    parseError,
  },
  relay: { peek: peekRequest, splice: spliceJson, tap: createRelayTap, takeResponse },
};
