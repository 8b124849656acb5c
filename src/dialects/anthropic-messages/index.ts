import type { Dialect } from '../../core/dialect.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { spliceJson } from '../json-splice.ts';
import { checkRequest, peekRequest } from './check-request.ts';
import { formatError, formatStreamError, parseError } from './error.ts';
import { formatRequest, MESSAGES_HEADERS } from './format-request.ts';
import { formatCount, formatResponse } from './format-response.ts';
import { formatLimits } from './limits.ts';
import { parseRequest } from './parse-request.ts';
import { parseCount, parseResponse } from './parse-response.ts';
import { joinStream, splitWhole, takeResponse } from './relay.ts';
import { relayEdits } from './relay-edits.ts';
import { createRelayTap } from './relay-tap.ts';
import { createStreamDecoder } from './stream-decoder.ts';
import { createStreamEncoder } from './stream-encoder.ts';

/** The Anthropic Messages API, as served and as called. */
export const ANTHROPIC_MESSAGES: Dialect = {
  id: 'anthropic-messages',
  requiredHeader: 'anthropic-version',
  answerIdPrefix: 'msg',
  server: {
    checkRequest,
    parseRequest,
    formatResponse,
    streamEncoder: createStreamEncoder,
    formatCount,
    formatError,
    formatStreamError,
    formatLimits,
    keepAlive: {
      // A ping belongs behind message_start; a comment is harmless to every client (`clients.md` §5.6, §6).
      beforeFirstEvent: Buffer.from(': keep-alive\n\n'),
      afterFirstEvent: encodeFrame({ event: 'ping', data: '{"type": "ping"}' }),
    },
  },
  client: {
    headers: MESSAGES_HEADERS,
    formatRequest,
    parseResponse,
    streamDecoder: createStreamDecoder,
    parseCount,
    parseError,
  },
  relay: {
    peek: peekRequest,
    splice: spliceJson,
    edits: relayEdits,
    tap: createRelayTap,
    takeResponse,
    joinStream,
    splitWhole,
  },
};
