import type { Dialect } from '../../core/dialect.ts';
import { spliceJson } from '../json-splice.ts';
import { formatLimits } from '../shared/openai-limits.ts';
import { KEEP_ALIVE } from '../shared/write-answer/outbox.ts';
import { checkRequest, peekRequest } from './check-request.ts';
import { formatError, formatStreamError, parseError } from './error.ts';
import { formatRequest } from './format-request.ts';
import { formatCount, formatResponse } from './format-response.ts';
import { parseRequest } from './parse-request.ts';
import { parseCount, parseResponse } from './parse-response.ts';
import { joinStream, splitWhole, takeResponse } from './relay.ts';
import { relayEdits } from './relay-edits.ts';
import { createRelayTap } from './relay-tap.ts';
import { createStreamDecoder } from './stream-decoder.ts';
import { createStreamEncoder } from './stream-encoder.ts';

/** OpenAI's Chat Completions API, as served and as called. */
export const OPENAI_CHAT: Dialect = {
  id: 'openai-chat',
  requiredHeader: undefined,
  answerIdPrefix: 'chatcmpl',
  server: {
    checkRequest,
    parseRequest,
    formatResponse,
    streamEncoder: createStreamEncoder,
    formatCount,
    formatError,
    formatStreamError,
    formatLimits,
    keepAlive: { beforeFirstEvent: KEEP_ALIVE, afterFirstEvent: KEEP_ALIVE },
  },
  client: {
    headers: {},
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
