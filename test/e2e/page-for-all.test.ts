// The page for all: by keyboard alone, for a screen reader, and in colours that can be told apart.

import { describe, expect, test } from 'vitest';
import { callApi, chromiumPath, signIn } from '../support/chromium.mjs';
import { contrastsOf, focused, focusOutline, outlineOf } from '../support/in-page.mjs';
import { openPage, startBatch } from './support/open-page.js';

describe.skipIf(chromiumPath() === undefined)('the page', { timeout: 120_000 }, () => {
  const open = openPage();

  test('the keyboard is enough: from signing in to a batch, to a run, and back', async () => {
    const { page, service } = open;
    /** Tab, until it is on what is wanted; a trap would never get there. */
    const tabTo = async (wanted: RegExp): Promise<void> => {
      const passed: string[] = [];
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        const now = await focused(page);
        if (wanted.test(now)) {
          expect(await focusOutline(page)).not.toBe('none');
          return;
        }
        passed.push(now);
      }
      throw new Error(`Tab never came to ${wanted}, but to ${passed.join(' | ')}`);
    };
    await startBatch(service, { plugin: 'sleeps-forever', count: 300, concurrency: 2 });
    await page.goto(service.url);
    await page.getByLabel('Token').waitFor();
    await tabTo(/^token$/);
    await page.keyboard.type(service.token);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '300 runs' }).waitFor();
    expect(await focused(page)).toBe('Batches');
    await tabTo(/^300 runs$/);
    await page.keyboard.press('Enter');
    await page.getByRole('grid').getByRole('row').nth(5).waitFor();
    expect(await focused(page)).toMatch(/^300 runs/);
    await tabTo(/^<img src=x/);
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toMatch(/^shop-1\b/);
    await page.keyboard.press('End');
    expect(await focused(page)).toMatch(/^shop-299\b/);
    expect(await page.locator('[role=row]:focus-within').getAttribute('aria-rowindex')).toBe('301');
    await page.keyboard.press('Home');
    await page.keyboard.press('PageDown');
    expect(Number(/^shop-(\d+)/.exec(await focused(page))?.[1])).toBeGreaterThan(5);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    expect(await focused(page)).toMatch(/^shop-\d+/);
    await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe('← Its batch');
    await page.keyboard.press('Enter');
    await page.getByRole('grid').waitFor();
  });

  test('everything that can be pressed has a name, every control a label, every view one heading and its landmarks', async () => {
    const { page, service } = open;
    await signIn(page, service);
    const id = await startBatch(service, { plugin: 'calls-update', count: 20, concurrency: 4 });
    const { items } = await callApi(service, 'GET', `/v1/runs?batch=${id}`);
    for (const hash of [
      'batches',
      'batches/new',
      `batches/${id}`,
      `runs/${items[0].id}`,
      'runs',
      'plugins',
      'totals',
      'audit',
    ]) {
      await page.goto(`${service.url}/#/${hash}`);
      await page.locator('main h1').waitFor();
      await page.locator('main :is(table, [role=grid], form.wide-form, article, canvas)').first().waitFor();
      expect({ hash, ...(await outlineOf(page)) }).toEqual({
        hash,
        unnamed: [],
        twice: [],
        headings: 1,
        landmarks: [1, 1, 1],
        nowhere: [],
      });
    }
  });

  test.each(['light', 'dark'] as const)('text can be told from its ground: %s', async (colorScheme) => {
    const { page, service } = open;
    await page.emulateMedia({ colorScheme });
    await page.goto(service.url);
    const states = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted'].map(
      (state) => `--state-${state}`,
    );
    const texts = ['--text', '--text-soft', '--accent', '--bad', ...states];
    const pairs: [string, string, number][] = [
      ...texts.flatMap((text): [string, string, number][] => [
        [text, '--ground', 4.5],
        [text, '--ground-soft', 4.5],
      ]),
      ['--text', '--ground-strong', 4.5],
      ['--text-soft', '--ground-strong', 4.5],
      ['--text', '--bad-ground', 4.5],
      ['--text-soft', '--bad-ground', 4.5],
      ['--accent-text', '--accent', 4.5],
      ['--line-strong', '--ground', 3],
    ];
    const contrasts = await contrastsOf(page, pairs);
    expect(
      contrasts.filter(({ contrast, least }: { contrast: number; least: number }) => !(contrast >= least)),
    ).toEqual([]);
  });
});
