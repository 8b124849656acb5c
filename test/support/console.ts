import { spawnSync } from 'node:child_process';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { OWNER, setupTokenOf } from './administrator.ts';
import type { Gateway } from './gateway.ts';
import { waitFor } from './wait.ts';

const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** Where Debian's Chromium is; undefined where there is none. */
export const CHROMIUM = spawnSync('sh', ['-c', 'command -v chromium']).stdout.toString().trim() || undefined;

if (CHROMIUM === undefined) console.warn('skipped: the tests of the console need chromium (apt-get install chromium)');

/** Starts a browser; end it with `close()`. */
export function openBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('there is no chromium');
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') });
}

/** How somebody comes to the console. */
export type Visit = { language?: 'en' | 'zh-CN'; theme?: 'light' | 'dark'; width?: number; height?: number };

/** Somebody who uses the console, and what went wrong on the way. */
export type Visitor = {
  page: Page;
  context: BrowserContext;
  /** Violations of the content security policy, requests to elsewhere, uncaught errors and errors on the browser's console. */
  offences: string[];
  /** Opens a page of the console by its path below `/console`, and waits until it is drawn. */
  open(path: string): Promise<void>;
  close(): Promise<void>;
};

/** Runs in the page, as text: nothing here knows the types of a browser. */
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  reportViolation([event.violatedDirective, event.blockedURI, event.sourceFile, event.sample].join(' ')));`;

/** A visitor with a profile of their own. */
export async function visit(browser: Browser, gateway: Gateway, how: Visit = {}): Promise<Visitor> {
  const { language = 'en', theme = 'light', width = 1280, height = 800 } = how;
  const context = await browser.newContext({
    locale: language,
    colorScheme: theme,
    viewport: { width, height },
    timezoneId: 'Europe/Zurich',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const offences: string[] = [];
  await context.exposeFunction('reportViolation', (text: string) => offences.push(`policy: ${text}`));
  await context.addInitScript(REPORT_VIOLATIONS);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(gateway.url) && !/^(?:data|blob):/.test(url)) offences.push(`outside request: ${url}`);
  });
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // The browser itself tells of every answer that is an error; what pages make of those is looked at by the tests.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) offences.push(`console: ${message.text()}`);
  });
  return {
    page,
    context,
    offences,
    open: async (path) => {
      await page.goto(`${gateway.url}/console${path}`);
      await settled(page);
    },
    close: () => context.close(),
  };
}

/** Makes the first owner on the page that a new gateway begins with. */
export async function makeOwnerOn({ page, open }: Visitor, gateway: Gateway): Promise<void> {
  await open('/');
  await page.getByLabel('Set-up token').fill(setupTokenOf(gateway));
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail address').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Make the account' }).click();
}

/** Waits until a heading is there and nothing is being loaded. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  const busy = page.locator('[data-skeleton], [aria-busy="true"]');
  await waitFor('the page to be drawn', async () => ((await busy.count()) === 0 ? true : undefined));
}

/** What axe finds against WCAG 2.2 AA, one line a finding. */
export async function audit(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 200)} ${failureSummary.replaceAll('\n', ' ')}`,
    ),
  );
}

/** Signs in on the page that is open. */
export async function signInOn(
  { page }: Visitor,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('nav').waitFor({ state: 'attached' });
}
