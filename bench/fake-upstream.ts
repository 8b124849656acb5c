import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { announce } from './announce.ts';
import {
  type AnswerKind,
  askedKind,
  chatEventWrites,
  eventWrites,
  LATENESS,
  textEvent,
  wholeAnswer,
  wholeChatAnswer,
} from './traffic.ts';

/** The upstream of every measurement: a process of its own, which answers as it is asked to. */
const MESSAGES = { whole: wholeAnswer(), stream: eventWrites() };
const CHAT = { whole: wholeChatAnswer(), stream: chatEventWrites() };
const START = MESSAGES.stream[0] ?? Buffer.alloc(0);
const TEXT = Buffer.from(textEvent());
const FLOOD = Buffer.from(textEvent().repeat(128));

/** Most that one flooding stream sends, in bytes. */
const FLOOD_LIMIT = 64 * 1024 * 1024;

type Answer = (response: ServerResponse, dialect: typeof MESSAGES) => Promise<void> | void;

const ANSWERS: Readonly<Record<AnswerKind, Answer>> = {
  whole: (response, { whole }) => answerWhole(response, whole),
  late: async (response, { whole }) => {
    await pause(LATENESS);
    answerWhole(response, whole);
  },
  events: async (response, { stream }) => {
    beginStream(response);
    for (const bytes of stream) {
      response.write(bytes);
      await nextTurn();
    }
    response.end();
  },
  slow: (response) => {
    beginStream(response);
    response.write(START);
    const timer = setInterval(() => response.write(TEXT), 1_000);
    response.once('close', () => clearInterval(timer));
  },
  flood: async (response) => {
    beginStream(response);
    response.write(START);
    for (let sent = 0; sent < FLOOD_LIMIT && !response.destroyed; sent += FLOOD.length) {
      if (!response.write(FLOOD)) await once(response, 'drain');
    }
    response.end();
  },
};

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const dialect = request.url?.endsWith('/chat/completions') ? CHAT : MESSAGES;
  await ANSWERS[askedKind(await text(request))](response, dialect);
}

function answerWhole(response: ServerResponse, whole: Buffer): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': whole.length,
    'request-id': 'req_up',
  });
  response.end(whole);
}

function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_up' });
}

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});
announce(server);
