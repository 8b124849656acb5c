import { renameSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { holdStreams } from '../support/held-streams.ts';
import { gate, waitFor } from '../support/wait.ts';

const USAGE = { input: 30, output: 12 };
/** Streams that are open while the configuration changes (`reliability.md` G19). */
const OPEN_STREAMS = 500;
const STREAM = textStream({ model: 'claude-opus-5', usage: USAGE }, ['one ', 'two ', 'three ']);

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await startGateway({ config: config(['claude-*']) });
});

beforeEach(() => {
  upstream.reset();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

function config(models: string[]): string {
  return channelConfig({ url: upstream.url, apiKey: upstream.apiKey, models });
}

function ask(model = 'claude-opus-5') {
  return { model, max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
}

async function works(model: string): Promise<boolean> {
  return (await gateway.messages(ask(model))).status === 200;
}

const file = () => gateway.configFile ?? '';

describe('S10 reload', () => {
  const mutants: { what: string; mutate: (text: string) => string; why: string }[] = [
    { what: 'an unknown key', mutate: (text) => `${text}surprise: true\n`, why: 'surprise: unknown key' },
    { what: 'no YAML', mutate: (text) => `${text}  - [}\n`, why: 'Flow sequence' },
    { what: 'nothing', mutate: () => '', why: 'must be a map' },
    {
      what: 'an unset variable',
      mutate: (text) => text.replace(/"api_key":"[^"]*"/, `"api_key":"\${NOT_SET_ANYWHERE}"`),
      why: 'NOT_SET_ANYWHERE is not set',
    },
    { what: 'a wrong type', mutate: (text) => text.replace(/"models":\[[^\]]*\]/, '"models":7'), why: '.models: ' },
    {
      what: 'an unknown provider',
      mutate: (text) => text.replace('"provider":"anthropic"', '"provider":"acme"'),
      why: 'unknown provider',
    },
    {
      what: 'a duration without unit',
      mutate: (text) => text.replace('"idle":"30s"', '"idle":"30"'),
      why: '.timeouts.idle: is not a duration',
    },
  ];

  test.each(mutants)('a file with $what leaves the old one live and says why', async ({ mutate, why }) => {
    const before = gateway.output.length;
    writeFileSync(file(), mutate(config(['my-model'])));
    await waitFor('the refusal', () => gateway.output.slice(before).includes(why));
    expect(gateway.output.slice(before)).toContain('the earlier configuration stays in force');
    expect(gateway.output).not.toContain(upstream.apiKey);
    expect([await works('claude-opus-5'), await works('my-model')]).toEqual([true, false]);
  });

  test('a good file is taken, in place or renamed over, without dropping one of 500 streams', async () => {
    const goOn = gate();
    expect(await works('my-model')).toBe(false);
    upstream.reset();
    holdStreams(upstream, STREAM, goOn.promise);
    const live = await Promise.all(Array.from({ length: OPEN_STREAMS }, () => gateway.stream(ask())));
    await Promise.all(live.map((stream) => stream.until('two')));
    writeFileSync(`${file()}.new`, config(['*']));
    renameSync(`${file()}.new`, file());
    upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'my-model', usage: USAGE }));
    await waitFor('the new config', () => works('my-model'));
    goOn.open();
    const answers = await Promise.all(live.map((stream) => stream.whole()));
    for (const { text } of answers) expect(text).toBe(Buffer.concat(STREAM).toString());
    expect((await gateway.usage()).rows.filter((row) => row['partial'] === true)).toEqual([]);
  });
});
