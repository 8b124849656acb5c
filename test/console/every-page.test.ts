import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER, setUp } from '../support/administrator.ts';
import { audit, CHROMIUM, openBrowser, signInOn, type Visitor, visit } from '../support/console.ts';
import { PAGE_PATHS } from '../support/console-pages.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

/** Both themes and both languages: what a language changes is texts, what a theme changes is colours. */
const LOOKS = [
  { language: 'en', theme: 'light' },
  { language: 'zh-CN', theme: 'dark' },
] as const;

/** Pages of one thing are opened by the tests that have one. */
const PATHS = [...PAGE_PATHS.filter((path) => !path.includes('$')), '/no/such/page'];

describe.skipIf(CHROMIUM === undefined)('every page', () => {
  let gateway: Gateway;
  let browser: Browser;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: SIMULATOR_CONFIG }), openBrowser()]);
    await setUp(gateway);
    await gateway.messages({ model: 'claude-opus-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] });
  });

  afterAll(async () => {
    await browser.close();
    await gateway.dispose();
  });

  describe.each(LOOKS)('in $language, $theme', (look) => {
    let visitor: Visitor;

    beforeAll(async () => {
      visitor = await visit(browser, gateway, look);
      await visitor.open('/');
      expect(await audit(visitor.page)).toEqual([]);
      await signInOn(visitor, OWNER);
    });

    afterAll(async () => visitor.close());

    test.each(PATHS)(
      '%s breaks no rule of WCAG 2.2 AA or of the policy, asks nobody else, and fits 360 px',
      async (path) => {
        const { page } = visitor;
        await visitor.open(path);
        expect(await audit(page)).toEqual([]);
        await page.setViewportSize({ width: 360, height: 720 });
        const root = 'document.documentElement';
        expect(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`)).toBeLessThanOrEqual(0);
        await page.setViewportSize({ width: 1280, height: 800 });
        expect(visitor.offences).toEqual([]);
      },
    );
  });
});
