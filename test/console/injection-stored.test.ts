import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, makeUser } from '../support/administrator.ts';
import { CHROMIUM } from '../support/console.ts';
import { PAYLOADS, plantPayloads } from '../support/hostile-texts.ts';
import { HostileVisit } from '../support/hostile-visit.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5-5';

describe.skipIf(CHROMIUM === undefined)('G27: 1,000 payloads in the store', () => {
  let hostile: HostileVisit;
  let planted: Map<string, string[]>;

  beforeAll(async () => {
    hostile = await HostileVisit.begin();
    const { gateway, owner } = hostile;
    // One of each, to be copied.
    await makeUser(gateway, owner, 'vic', 'viewer');
    const amount = { amount_nano_usd: 1, period: 'month', hard: false, alerts: [50] };
    await ask(gateway, owner, 'POST', '/budgets', { name: 'b', scope: 'project', scope_id: 'proj_default', ...amount });
    await ask(gateway, owner, 'POST', '/tokens', { name: 't', role: 'viewer', days: 1 });
    await ask(gateway, owner, 'POST', '/invitations', { email: 'ivy@example.org', role: 'viewer' });
    await ask(gateway, owner, 'POST', '/models', { name: 'r', targets: [{ channel: 'simulator', model: MODEL }] });
    const webhook = { name: 'w', url: 'https://hooks.example.org/x', secret: 'sixteen-letters-or-more' };
    await ask(gateway, owner, 'POST', '/webhooks', webhook);
    const body = { model: MODEL, max_tokens: 20, stream: true, messages: [{ role: 'user', content: 'hi' }] };
    const answer = await gateway.messages(body);
    await gateway.settledRow(answer.headers['request-id'] ?? '');
    await waitFor('the sums', async () => (await ask(gateway, owner, 'GET', '/usage?since=0')).status === 200);
    planted = plantPayloads(gateway.dataDirectory);
  });

  afterAll(() => hostile?.end());

  /** Scrolls every list of a page through to its end: only rows in view are drawn. @returns all texts that were. */
  const readThrough = async (): Promise<string> =>
    String(
      await hostile.page.evaluate(`(async () => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        let seen = document.body.innerText;
        for (const list of document.querySelectorAll('[role=group]')) {
          for (let top = 0; top < list.scrollHeight; top += list.clientHeight / 2 || 100) {
            list.scrollTop = top;
            await frame();
            seen += list.innerText;
          }
        }
        return seen;
      })()`),
    );

  /** Opens a page, and looks for the payloads that stand in these columns, as text. */
  const lookAt = async (path: string, places: readonly string[]): Promise<void> => {
    await hostile.visitor.open(path);
    const text = (await readThrough()).replaceAll(/\s+/g, ' ');
    await hostile.expectText();
    for (const place of places) {
      const payloads = planted.get(place) ?? [];
      const missing = payloads.filter((payload) => !text.includes(payload.replaceAll(/\s+/g, ' ')));
      expect([place, payloads.length > 0, missing]).toEqual([place, true, []]);
    }
  };

  test('are a thousand different ones, and stand in every column that somebody else writes', () => {
    expect(new Set(PAYLOADS).size).toBeGreaterThanOrEqual(988);
    expect(PAYLOADS).toHaveLength(1_000);
    expect(new Set([...planted.values()].flat()).size).toBeGreaterThanOrEqual(950);
  });

  test.each([
    ['/keys', ['keys.name']],
    ['/projects', ['projects.name', 'projects.models', 'projects.default_tags']],
    ['/projects/pro_0000000007', []],
    ['/users', ['users.name', 'invitations.email']],
    ['/budgets', ['budgets.name']],
    ['/projects/proj_default', ['budgets.name']],
    ['/models', ['model_routes.name']],
    ['/settings', ['admin_tokens.name', 'webhooks.name']],
    ['/exchanges', ['exchanges.model', 'exchanges.channel', 'exchanges.error_kind']],
    [
      '/exchanges/req_zzexc_0000000000',
      [
        'attempts.channel',
        'attempts.upstream_model',
        'attempts.reason',
        'attempts.upstream_request_id',
        'attempts.answer_headers',
        'attempts.answer_headers-name',
        'attempt_errors.text',
      ],
    ],
    ['/', []],
    ['/audit', []],
  ])('on %s they are drawn as what they are', async (path, places) => {
    await lookAt(path, places);
  });
});
