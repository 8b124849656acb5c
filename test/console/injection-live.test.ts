import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, settled } from '../support/console.ts';
import { PAYLOADS } from '../support/hostile-texts.ts';
import { HostileVisit } from '../support/hostile-visit.ts';

const MODEL = 'claude-opus-5-5';

describe.skipIf(CHROMIUM === undefined)('G27: 1,000 payloads in what is said and typed', () => {
  let hostile: HostileVisit;

  beforeAll(async () => {
    hostile = await HostileVisit.begin();
  });

  afterAll(() => hostile?.end());

  test('as what a model says, thinks and calls, in all three formats', async () => {
    const { page, visitor } = hostile;
    await visitor.open('/playground');
    await page.getByLabel('Model').selectOption(MODEL);
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
        await hostile.expectText();
      }
      expect(await page.getByRole('tabpanel').innerText()).toContain(PAYLOADS[500] ?? '?');
      await page.getByRole('button', { name: 'New conversation' }).click();
    }
  });

  test('in what is typed into the address, filters and forms', async () => {
    const { page, visitor } = hostile;
    const payload = PAYLOADS[300] ?? '';
    await visitor.open(`/keys?q=${encodeURIComponent(payload)}`);
    expect(await page.getByRole('searchbox').inputValue()).toBe(payload);
    await hostile.expectText();
    await visitor.open(`/exchanges?q=${encodeURIComponent(payload)}&model=${encodeURIComponent(payload)}`);
    await hostile.expectText();
    await visitor.open(`/exchanges/${encodeURIComponent(payload)}`);
    await hostile.expectText();
  });

  test('in the bodies and headers of an exchange that is kept', async () => {
    const { page, visitor, gateway } = hostile;
    const content = PAYLOADS.join('\n');
    const body = { model: MODEL, max_tokens: 60_000, stream: true, messages: [{ role: 'user', content }] };
    const answer = await gateway.messages(body, { 'user-agent': PAYLOADS[0] ?? '' });
    const kept = answer.headers['request-id'] ?? '';
    await gateway.settledRow(kept);
    await visitor.open(`/exchanges/${kept}`);
    await page.getByText(PAYLOADS[0] ?? '?', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show what is kept' }).click();
    await page.getByLabel('Right').selectOption('answer-1');
    await page.getByText('message_stop').first().waitFor();
    await hostile.expectText();
    expect(await page.getByRole('group', { name: 'As the client sent it' }).innerText()).toContain('onpointerenter');
    await settled(page);
  });
});
