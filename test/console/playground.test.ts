import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER, setUp } from '../support/administrator.ts';
import { audit, CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

const MODEL = 'claude-opus-5-5';
const TOOL = [
  {
    name: 'get_weather',
    description: 'Weather of a city',
    input_schema: { type: 'object', properties: { city: { type: 'string' } } },
  },
];
/** One red pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

describe.skipIf(CHROMIUM === undefined)('the playground', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: SIMULATOR_CONFIG }), openBrowser()]);
    await setUp(gateway);
    visitor = await visit(browser, gateway);
    await visitor.open('/playground');
    await signInOn(visitor, OWNER);
    await settled(visitor.page);
    await visitor.page.getByLabel('Model').selectOption(MODEL);
  });

  afterAll(async () => {
    await browser.close();
    await gateway.dispose();
  });

  const ask = async (text: string): Promise<void> => {
    await visitor.page.getByLabel('Message').fill(text);
    await visitor.page.getByRole('button', { name: 'Send' }).click();
  };

  test.each([
    ['messages', 'content_block_delta', '/v1/messages'],
    ['chat', 'chat.completion.chunk', '/v1/chat/completions'],
    ['responses', 'response.output_text.delta', '/v1/responses'],
  ])(
    'streams in %s, with the request as sent, the events, the cost and the same as code',
    async (format, event, path) => {
      const { page } = visitor;
      await page.getByLabel('Format').selectOption(format);
      const answer = page.getByRole('region', { name: 'Answer' });
      await ask(`Hello in ${format}`);
      await answer.getByRole('tabpanel').getByText(`You said: “Hello in ${format}”`).waitFor();
      await answer.getByText('$0.').waitFor();
      await answer.getByRole('tab', { name: 'Events' }).click();
      expect(await answer.getByRole('tabpanel').innerText()).toContain(event);
      await answer.getByRole('tab', { name: 'Request' }).click();
      expect(await answer.getByRole('tabpanel').innerText()).toContain(`POST ${path}`);
      await answer.getByRole('tab', { name: 'Code' }).click();
      expect(await answer.getByRole('tabpanel').innerText()).toContain(`curl ${gateway.url}${path}`);
      expect(await audit(page)).toEqual([]);
      await answer.getByRole('tab', { name: 'Answer' }).click();
      await page.getByRole('button', { name: 'New conversation' }).click();
    },
  );

  test('sends system, tools, an image and thinking, and shows a whole answer and what it calls', async () => {
    const { page } = visitor;
    await page.getByLabel('Format').selectOption('messages');
    await page.getByText('System, tools and images').click();
    await page.getByLabel('System').fill('Be brief.');
    await page.getByLabel('Tools').fill(JSON.stringify(TOOL));
    await page
      .getByLabel('Images')
      .setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(PNG, 'base64') });
    await page.getByAltText('dot.png').waitFor();
    await page.getByLabel('Thinking').check();
    await page.getByLabel('Stream').uncheck();
    const sent = page.waitForRequest((request) => request.url().endsWith('/v1/messages'));
    await ask('What is the weather in Paris?');
    expect((await sent).postDataJSON()).toMatchObject({
      system: 'Be brief.',
      tools: TOOL,
      thinking: { type: 'adaptive' },
      messages: [{ content: [{ type: 'image', source: { media_type: 'image/png', data: PNG } }, { type: 'text' }] }],
    });
    await page.getByText(/get_weather \{.*Paris/).waitFor();
    await page.getByRole('tab', { name: 'Raw answer' }).click();
    expect(await page.getByRole('tabpanel').innerText()).toContain('"tool_use"');
    expect(visitor.offences).toEqual([]);
  });

  test('a refusal is shown, and what was written stays', async () => {
    const { page } = visitor;
    await page.getByLabel('Model').selectOption('simulator-error-529');
    await ask('Is anybody there?');
    await page.getByRole('region', { name: 'Answer' }).getByRole('alert').waitFor();
    expect(await page.getByLabel('Message').inputValue()).toBe('Is anybody there?');
    expect(visitor.offences).toEqual([]);
  });
});
