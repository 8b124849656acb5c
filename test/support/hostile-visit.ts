import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Badge, OWNER, setUp } from './administrator.ts';
import { openBrowser, signInOn, type Visitor, visit } from './console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from './gateway.ts';

const CONFIG = `${SIMULATOR_CONFIG}payloads: [{ project: default, keep: 1h, max_size: 1MB }]\n`;

/** An owner on the console of a gateway into which somebody puts what would like to run (G27). */
export class HostileVisit {
  readonly gateway: Gateway;
  readonly owner: Badge;
  readonly visitor: Visitor;
  private readonly browser: Browser;

  private constructor(gateway: Gateway, browser: Browser, owner: Badge, visitor: Visitor) {
    this.gateway = gateway;
    this.browser = browser;
    this.owner = owner;
    this.visitor = visitor;
  }

  /** The simulator says again what it is asked, and the payloads of all are kept. */
  static async begin(): Promise<HostileVisit> {
    const [gateway, browser] = await Promise.all([startGateway({ config: CONFIG }), openBrowser()]);
    const owner = await setUp(gateway);
    const visitor = await visit(browser, gateway);
    await visitor.open('/');
    await signInOn(visitor, OWNER);
    return new HostileVisit(gateway, browser, owner, visitor);
  }

  get page(): Page {
    return this.visitor.page;
  }

  /** Nothing ran, nothing of ours was replaced, no rule of the policy was touched. */
  async expectText(): Promise<void> {
    const { page, visitor } = this;
    expect(await page.evaluate('window.executed ?? 0')).toBe(0);
    expect(await page.locator('iframe, object, embed, marquee, math, video, script:not([src])').count()).toBe(0);
    expect(visitor.offences).toEqual([]);
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.gateway.dispose();
  }
}
