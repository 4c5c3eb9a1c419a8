// The page in a real browser, on a real service: what one does with it, and what it does not do with what plugins and
// clients make it show.

import { describe, expect, test } from 'vitest';
import { buildGuest } from '../../fixtures/guests.mjs';
import {
  callApi,
  chromiumPath,
  framesWatched,
  scrollTable,
  signIn,
  watchFrames,
} from '../support/chromium.mjs';
import { directiveAgainstScript, hasFocus, kept } from '../support/in-page.mjs';
import { HOSTILE, HOSTILE_NAME } from '../support/page-service.js';
import { LABEL, openPage, startBatch } from './support/open-page.js';

const MANY = 5000;
const MOST_ROWS_IN_DOCUMENT = 60;

if (chromiumPath() === undefined) {
  console.warn('test/e2e/page.test.ts is left out: no chromium at /usr/bin/chromium, nor at $CHROMIUM');
}

describe.skipIf(chromiumPath() === undefined)('the page', { timeout: 120_000 }, () => {
  const open = openPage();

  async function fillBatch(canisters: string, environment = ''): Promise<void> {
    const { page } = open;
    await page.getByRole('link', { name: 'New batch' }).click();
    const plugin = page.getByLabel('Plugin', { exact: true });
    const option = plugin.locator('option', { hasText: 'calls-update' });
    await plugin.selectOption((await option.getAttribute('value')) ?? '');
    await page.getByLabel('Canisters').fill(canisters);
    await page.getByLabel('Runs at once').fill('4');
    await page.getByLabel('Environment').fill(environment);
  }

  const shownState = (): Promise<string | null> => open.page.locator('.view-head .state').textContent();

  test('one signs in, starts a batch, watches it, opens a failing run, and retries what failed', async () => {
    const { page, service } = open;
    await signIn(page, service);
    await fillBatch(
      `${service.canister(1)} first\n${service.failingCanister} second\n${service.canister(2)}`,
      'calls-6',
    );
    await page.getByLabel('Name').fill('evening');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('heading', { name: 'evening' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('waiting on update set', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Retry 1 failed' }).waitFor();
    expect(await shownState()).toBe('failed');
    expect(await page.getByRole('progressbar').getAttribute('aria-valuetext')).toBe('3 of 3 ended, 1 failed');
    const rows = page.getByRole('grid').getByRole('row');
    expect(await rows.count()).toBe(4);
    await page.locator('label.choice', { hasText: 'failed' }).click();
    expect(await rows.count()).toBe(2);

    await page.getByRole('link', { name: /second/ }).click();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    const error = page.getByRole('region', { name: 'Why it did not succeed' });
    expect(await error.textContent()).toMatch(/has no update method 'set'.*CANISTER_REJECTED/);
    const calls = page.getByRole('grid', { name: 'Calls' }).getByRole('row');
    expect(await calls.count()).toBe(2);
    expect(await calls.nth(1).textContent()).toMatch(/^1updateset.*CANISTER_REJECTED$/);
    expect(await page.locator('.timeline rect.phase-waiting').count()).toBe(1);
    await page.getByText('1 rejected.').waitFor();

    await page.getByRole('link', { name: '← Its batch' }).click();
    await page.getByRole('link', { name: /first/ }).click();
    await page.getByText('6 applied.').waitFor();
    expect(await calls.count()).toBe(7);

    await page.getByRole('link', { name: '← Its batch' }).click();
    await page.getByRole('button', { name: 'Retry 1 failed' }).click();
    await page.getByRole('link', { name: 'an earlier batch' }).waitFor();
    await page.getByRole('button', { name: 'Retry 1 failed' }).waitFor();
    expect(await page.getByRole('progressbar').getAttribute('aria-valuetext')).toBe('1 of 1 ended, 1 failed');
  });

  test('a run is watched as it prints, and done again', async () => {
    const { page, service } = open;
    await signIn(page, service);
    const id = await startBatch(service, {
      plugin: 'prints',
      count: 1,
      concurrency: 1,
      environment: 'prints-3',
    });
    await page.goto(`${service.url}/#/batches/${id}`);
    await page.getByRole('link', { name: LABEL }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    for (const number of [1, 2, 3]) {
      await log.getByText(`to stdout ${number}`, { exact: true }).waitFor();
      await log.getByText(`to stderr ${number}`, { exact: true }).waitFor();
    }
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('link', { name: 'the one before' }).waitFor();
    await page.locator('.view-head .state-succeeded').waitFor();
  });

  test('a batch is cancelled, once one has said so again; Escape means no; and so is a run', async () => {
    const { page, service } = open;
    await signIn(page, service);
    const id = await startBatch(service, { plugin: 'sleeps-forever', count: 400, concurrency: 4 });
    await page.goto(`${service.url}/#/batches/${id}`);
    const cancel = page.getByRole('button', { name: 'Cancel batch' });
    await cancel.click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await hasFocus(cancel)).toBe(true);
    await page.locator('.view-head .state-running').waitFor();
    await page.getByRole('link', { name: LABEL }).click();
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.locator('.view-head .state-cancelled').waitFor();
    await page.getByRole('link', { name: '← Its batch' }).click();
    await cancel.click();
    await page.getByRole('button', { name: 'Cancel the batch' }).click();
    await page.locator('.view-head .state-cancelled').waitFor();
    await expect.poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('400');
  });

  test('markup of plugins and clients is text: lines, methods, names, labels, errors', async () => {
    const { page, service, wrong } = open;
    await signIn(page, service);
    const id = await startBatch(service, { plugin: 'prints-markup', count: 2, concurrency: 2 });
    await page.goto(`${service.url}/#/batches/${id}`);
    await page.getByText(LABEL).waitFor();
    await page.getByRole('button', { name: /^Retry/ }).waitFor();
    await page.getByText(HOSTILE.error, { exact: true }).first().waitFor();
    const markup = page.locator('main :is(img, script, b, u, i, iframe)');
    expect(await markup.count()).toBe(0);
    await page.getByRole('link', { name: LABEL }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    for (const line of HOSTILE.lines) await log.getByText(line, { exact: true }).waitFor();
    await page.getByText(HOSTILE.error, { exact: true }).waitFor();
    await page.getByText(HOSTILE.method, { exact: true }).first().waitFor();
    expect(await markup.count()).toBe(0);
    await page.goto(`${service.url}/#/plugins`);
    await page.getByRole('heading', { name: HOSTILE_NAME }).waitFor();
    for (const summary of await page.getByText('What it may do').all()) await summary.click();
    await page.getByText('print to its log', { exact: true }).first().waitFor();
    expect(await markup.count()).toBe(0);
    expect(await page.title()).toBe('Plugins · sandpool');
    // That the policy is there, and would have stopped it: asked of the browser itself.
    expect(await directiveAgainstScript(page)).toMatch(/^script-src/);
    expect(wrong.splice(0).every((text) => /policy|Content Security Policy/.test(text))).toBe(true);
  });

  test('what the service refuses is shown with its hint, and leaves the form as it was', async () => {
    const { page, service } = open;
    await signIn(page, service);
    await fillBatch('Not-A-Principal');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Line 1: Not-A-Principal is not a principal').waitFor();
    expect(await hasFocus(page.getByLabel('Canisters'))).toBe(true);
    await page
      .getByLabel('Plugin file')
      .setInputFiles({ name: 'page.wasm', mimeType: 'application/wasm', buffer: Buffer.from('<html>') });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(
      /not a WebAssembly file.*a plugin is a WebAssembly component.*NOT_WASM/s,
    );
    expect(await page.getByLabel('Canisters').inputValue()).toBe('Not-A-Principal');
    // A principal by its form, of no canister that this token may reach.
    await page.getByLabel('Canisters').fill('aaaaa-aa');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('ACCESS_DENIED').waitFor();
    await page.goto(`${service.url}/#/runs/01900000-0000-7000-8000-ffffffffffff`);
    await page.getByText('runs are kept for a limited time').waitFor();
  });

  test('plugins are uploaded, disabled, enabled and deleted by those who may, and not while runs name them', async () => {
    const { page, service } = open;
    await signIn(page, service);
    await page.getByRole('link', { name: 'Plugins' }).click();
    await page.getByLabel('Plugin file').setInputFiles({
      name: 'endless.wasm',
      mimeType: 'application/wasm',
      buffer: Buffer.from(await buildGuest('loops', '0.2')),
    });
    const card = page.getByRole('article', { name: 'endless' });
    await card.getByRole('button', { name: 'Disable' }).click();
    await card.getByText('disabled', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Enable' }).click();
    await card.getByText('enabled', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the plugin' }).click();
    await card.waitFor({ state: 'detached' });
    await startBatch(service, { plugin: 'returns-ok', count: 1, concurrency: 1 });
    const used = page.getByRole('article', { name: 'returns-ok' });
    await used.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the plugin' }).click();
    await used.getByText('PLUGIN_IN_USE').waitFor();
  });

  test('who may only read is offered nothing else', async () => {
    const { page, service } = open;
    await signIn(page, { url: service.url, token: service.newToken(['read']) });
    expect(await page.getByRole('link', { name: 'New batch' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Plugins' }).click();
    await page.getByRole('article').first().waitFor();
    expect(await page.getByRole('button', { name: /Disable|Delete|Upload/ }).count()).toBe(0);
  });

  test('the token is kept by the tab alone, survives a reload, and goes at signing out', async () => {
    const { page, service } = open;
    await page.goto(service.url);
    await page.getByLabel('Token').fill('no-such-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    expect(await kept(page)).toEqual([0, 0, '']);
    await signIn(page, service);
    expect(await kept(page)).toEqual([1, 0, '']);
    await page.reload();
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
    expect(page.url()).not.toContain(service.token);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await kept(page)).toEqual([0, 0, '']);
  });

  test('a token that is revoked signs out, and says so', async () => {
    const { page, service } = open;
    const token = service.newToken(['read']);
    await signIn(page, { url: service.url, token });
    const { tokens } = service.service.store;
    tokens.revoke(tokens.findBySecret(token)?.id ?? '');
    // The list of batches may have asked again meanwhile, and been refused: then there is no link any more.
    await page.goto(`${service.url}/#/totals`);
    await page.getByText('no longer accepts the token').waitFor();
    expect(await kept(page)).toEqual([0, 0, '']);
  });

  test('a stream that breaks is taken up again behind what was seen, and nothing is missed', async () => {
    const { page, service, wrong } = open;
    await signIn(page, service);
    const streams: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (/\/batches\/.*\/events/.test(request.url())) streams.push(request.headers()['last-event-id']);
    });
    const id = await startBatch(service, {
      plugin: 'calls-update',
      count: 12,
      concurrency: 3,
      environment: 'calls-4',
    });
    await page.goto(`${service.url}/#/batches/${id}`);
    await page
      .getByText(/^waiting on/)
      .first()
      .waitFor();
    service.breakConnections();
    await page.getByText('connection lost, trying again').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await expect
      .poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow'), { timeout: 60_000 })
      .toBe('12');
    expect(streams).toHaveLength(2);
    expect(Number(streams[1])).toBeGreaterThan(Number(streams[0]));
    expect(wrong.splice(0).every((text) => /net::ERR_/.test(text))).toBe(true);
  });

  test(`${MANY} runs: few rows are in the document, whatever is scrolled and changes`, async () => {
    const { page, service } = open;
    await signIn(page, service);
    const id = await startBatch(service, { plugin: 'returns-ok', count: MANY, concurrency: 8 });
    await page.goto(`${service.url}/#/batches/${id}`);
    await page.getByRole('grid').getByRole('row').nth(5).waitFor();
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(MANY + 1));
    await page.getByText('live', { exact: true }).waitFor();
    await watchFrames(page);
    const most = await scrollTable(page, 3000);
    console.log(
      `scrolling ${MANY} runs while they change: ${JSON.stringify(await framesWatched(page))}, ${most} rows at most`,
    );
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThan(MOST_ROWS_IN_DOCUMENT);
    // What has not run yet ends all at once.
    await callApi(service, 'POST', `/v1/batches/${id}/cancel`);
    await page.getByText('Took', { exact: true }).waitFor();
    // What the page has counted is what the service says.
    const { counts } = await callApi(service, 'GET', `/v1/batches/${id}`);
    expect(counts.succeeded).toBeGreaterThan(0);
    expect(counts.succeeded + counts.cancelled).toBe(MANY);
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe(String(MANY));
    for (const state of ['succeeded', 'cancelled'] as const) {
      const shown = page.locator('label.choice', { hasText: state }).locator('.number');
      expect(Number((await shown.textContent())?.replace(',', ''))).toBe(counts[state]);
    }
  });
});
