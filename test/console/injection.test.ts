import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { ask, type Badge, OWNER, setUp } from '../support/administrator.ts';
import { CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

/** What runs when any payload does. */
const RUN = 'window.executed=(window.executed||0)+1';

const HANDLERS = [
  'onerror',
  'onload',
  'onfocus',
  'onmouseover',
  'ontoggle',
  'onanimationstart',
  'onpointerenter',
  'onbegin',
];
const TAGS = [
  'img src=x',
  'svg',
  'body',
  'details open',
  'video src=x',
  'iframe src=x',
  'input autofocus',
  'math',
  'a href=#',
  'object data=x',
  'marquee',
  'style',
];
const OPENINGS = ['', '"', "'", '">', "'>", '</title>', '</textarea>', '</script>', '-->', ']]>', '`', '${', '{{'];

/** A thousand ways to be more than text: each opening with each tag and handler, and those that need no handler. */
const PAYLOADS = [
  ...OPENINGS.flatMap((opening) =>
    TAGS.flatMap((tag) => HANDLERS.map((handler) => `${opening}<${tag} ${handler}=${RUN}>`)),
  ).slice(0, 976),
  ...['', 'JaVaScRiPt', 'data', 'vbscript'].flatMap((scheme) => [
    `<a href="${scheme || 'javascript'}:${RUN}">x</a>`,
    `[x](${scheme || 'javascript'}:${RUN})`,
    `![x](${scheme || 'javascript'}:${RUN})`,
    `<iframe srcdoc="<script>${RUN}</script>">`,
    `<script>${RUN}</script>`,
    `<scr\0ipt>${RUN}</scr\0ipt>`,
  ]),
];

describe.skipIf(CHROMIUM === undefined)('G27: 1,000 payloads', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;
  let owner: Badge;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: SIMULATOR_CONFIG }), openBrowser()]);
    owner = await setUp(gateway);
    visitor = await visit(browser, gateway);
    await visitor.open('/');
    await signInOn(visitor, OWNER);
  });

  afterAll(async () => {
    await browser.close();
    await gateway.dispose();
  });

  /** Nothing ran, nothing of ours was replaced, no rule of the policy was touched. */
  const expectText = async (page: Page): Promise<void> => {
    expect(await page.evaluate('window.executed ?? 0')).toBe(0);
    expect(await page.locator('iframe, object, embed, marquee, math, video, script:not([src])').count()).toBe(0);
    expect(visitor.offences).toEqual([]);
  };

  /** The longest that a name may be. */
  const NAME = 100;

  test('as names of keys, projects and users they are drawn as what they are', async () => {
    expect(PAYLOADS).toHaveLength(1_000);
    const { page } = visitor;
    // Many names in few requests: each is one payload.
    const names = PAYLOADS.filter((payload) => payload.length <= NAME && !payload.includes('\0'));
    for (const name of names.slice(0, 60)) {
      expect((await ask(gateway, owner, 'POST', '/keys', { name })).status).toBe(201);
    }
    await ask(gateway, owner, 'POST', '/projects', { name: names[7] ?? '' });
    await ask(gateway, owner, 'POST', '/users', {
      ...{ email: 'mallory@example.org', password: 'a long enough password', role: 'viewer', name: names[9] ?? '' },
    });
    for (const path of [
      '/keys',
      '/projects',
      '/',
      '/exchanges',
      '/settings',
      `/keys?q=${encodeURIComponent(names[3] ?? '')}`,
    ]) {
      await visitor.open(path);
      await expectText(page);
    }
    await page
      .getByText(names[3] ?? '', { exact: true })
      .first()
      .waitFor();
  });

  test('as what a model says, thinks and calls, in all three formats', async () => {
    const { page } = visitor;
    await visitor.open('/playground');
    await page.getByLabel('Model').selectOption('claude-opus-5-5');
    await page.getByLabel('Most output tokens').fill('60000');
    const everything = PAYLOADS.join('\n');
    for (const [format, stream] of [
      ['messages', true],
      ['chat', false],
      ['responses', false],
    ] as const) {
      await page.getByLabel('Format').selectOption(format);
      await page.getByLabel('Stream').setChecked(stream);
      await page.getByLabel('Message').fill(everything);
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('Cost').waitFor();
      for (const tab of [/Events|Raw answer/, /^Request$/, /^Code$/, /^Answer$/]) {
        await page.getByRole('tab', { name: tab }).click();
        await expectText(page);
      }
      expect(await page.getByRole('tabpanel').innerText()).toContain(PAYLOADS[500] ?? '?');
      await page.getByRole('button', { name: 'New conversation' }).click();
    }
  });

  test('as errors of models, names of models and tags of requests', async () => {
    const { page } = visitor;
    const model = (PAYLOADS[0] ?? '').slice(0, 200);
    const metadata: JsonObject = { user_id: PAYLOADS[1] ?? '' };
    await gateway.messages({ model, max_tokens: 5, metadata, messages: [{ role: 'user', content: 'x' }] });
    await gateway.messages(
      { model: 'claude-opus-5-5', max_tokens: 5, messages: [{ role: 'user', content: PAYLOADS[2] ?? '' }] },
      { 'user-agent': '<img src=x onerror=window.executed=1>' },
    );
    await visitor.open(`/exchanges?q=${encodeURIComponent(PAYLOADS[4] ?? '')}&model=${encodeURIComponent(model)}`);
    await expectText(page);
    await visitor.open('/exchanges');
    await expectText(page);
    await settled(page);
  });
});
