import type { Browser, BrowserContext } from 'playwright-core';
import { OWNER } from '../test/support/administrator.ts';
import { openBrowser, settled, signInOn, visit } from '../test/support/console.ts';
import type { Gateway } from '../test/support/gateway.ts';

/** How often the first page is opened. */
const OPENED = 12;

/**
 * Runs in the page, as text: when its frame can be used (navigation and heading stand there, and no task of the main thread that
 * began before takes longer than 50 ms), and when all figures are drawn, in ms after the navigation began.
 */
const WATCH = `
  let frame, tasksEnd = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) tasksEnd = Math.max(tasksEnd, startTime + duration);
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    const isFramed = document.querySelector('nav') && document.querySelector('h1');
    if (isFramed) frame ??= performance.now();
    if (!isFramed || document.querySelector('[data-skeleton], [aria-busy="true"]')) return requestAnimationFrame(look);
    const drawn = performance.now();
    setTimeout(() => { tellFirstPage({ interactive: Math.max(frame, tasksEnd < drawn ? tasksEnd : frame), drawn }); }, 0);
  };
  requestAnimationFrame(look);`;

/** How long a first page took, in ms. */
export type FirstPage = { interactive: number; drawn: number };

/** Opens the overview in Chromium many times: with an empty cache, and with one that has seen it. */
export async function timeFirstPages(gateway: Gateway): Promise<{ empty: FirstPage[]; filled: FirstPage[] }> {
  const browser = await openBrowser();
  try {
    const somebody = await visit(browser, gateway);
    await somebody.open('/');
    await signInOn(somebody, OWNER);
    await settled(somebody.page);
    const storageState = await somebody.context.storageState();
    await somebody.close();
    const empty: FirstPage[] = [];
    for (let round = 0; round < OPENED; round++) {
      const context = await browser.newContext({ storageState });
      empty.push(await timeIn(context, gateway));
      await context.close();
    }
    return { empty, filled: await timeFilled(browser, storageState, gateway) };
  } finally {
    await browser.close();
  }
}

async function timeFilled(
  browser: Browser,
  storageState: Awaited<ReturnType<BrowserContext['storageState']>>,
  gateway: Gateway,
): Promise<FirstPage[]> {
  const context = await browser.newContext({ storageState });
  const times: FirstPage[] = [];
  for (let round = 0; round <= OPENED; round++) times.push(await timeIn(context, gateway));
  await context.close();
  return times.slice(1);
}

async function timeIn(context: BrowserContext, gateway: Gateway): Promise<FirstPage> {
  const page = await context.newPage();
  const { promise, resolve } = Promise.withResolvers<FirstPage>();
  await page.exposeFunction('tellFirstPage', resolve);
  await page.addInitScript(WATCH);
  await page.goto(`${gateway.url}/console`);
  const times = await promise;
  await page.close();
  return times;
}
