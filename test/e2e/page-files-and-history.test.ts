// The page in a real browser, on a real service: runs that are given files, and what was, found again.

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { callApi, chromiumPath, signIn } from '../support/chromium.mjs';
import { tarOf } from '../support/tar-bytes.js';
import { openPage, startBatch } from './support/open-page.js';

/** More than a page of the list. */
const RUNS = 120;
const NOTES = 'pears\nplums\n';

describe.skipIf(chromiumPath() === undefined)('the page', { timeout: 120_000 }, () => {
  const open = openPage();

  test('a bundle is uploaded, its files are given to a run, and what it printed is downloaded', async () => {
    const { page, service } = open;
    await signIn(page, service);
    await page.getByRole('link', { name: 'New batch' }).click();
    const plugin = page.getByLabel('Plugin', { exact: true });
    const option = plugin.locator('option', { hasText: 'prints-file' });
    await plugin.selectOption((await option.getAttribute('value')) ?? '');
    await page.getByLabel('Canisters').fill(`${service.canister(3)} orchard`);
    await page.getByText('Files that it is given').click();
    const archive = page.getByLabel('Bundle file');
    await archive.setInputFiles({ name: 'x.tar', mimeType: 'application/x-tar', buffer: Buffer.from('x') });
    await page.getByRole('alert').getByText('BUNDLE_FORMAT_UNKNOWN').waitFor();
    const content = tarOf({ name: 'shop/notes.txt', content: NOTES });
    await archive.setInputFiles({ name: 'shop.tar', mimeType: 'application/x-tar', buffer: content });
    await page.getByLabel('Folder').fill('shop');
    await page.getByLabel('Files and directories').fill('notes.txt');
    await page.getByText('Priority, proxy and limits').click();
    await page.getByLabel('Priority').fill('5');
    await page.getByLabel('Compute, seconds').fill('2.5');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Line 1: write name=path').waitFor();
    await page.getByLabel('Files and directories').fill('notes=notes.txt');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('.view-head .state-succeeded').waitFor();
    await page.getByRole('link', { name: /orchard/ }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    for (const line of NOTES.trim().split('\n')) await log.getByText(line).first().waitFor();

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download the log' }).click();
    const file = await download;
    const id = page.url().split('/').at(-1) ?? '';
    expect(file.suggestedFilename()).toBe(`run-${id}.log`);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toMatch(new RegExp(`^# run ${id} of canister ${service.canister(3)} on embedded\n`));
    expect(text.match(/Z stdout pears$/gm)).toHaveLength(1);
    expect(text.match(/Z stderr plums$/gm)).toHaveLength(1);
    const stored = service.service.store.runs.get(id);
    expect(stored.limits).toEqual({ computeBudgetMs: 2500 });
    expect(stored.step).toMatchObject({ folder: 'shop', files: { notes: 'notes.txt' } });
    expect(service.service.store.batches.get(stored.batchId ?? '').priority).toBe(5);
  });

  test('runs are found by state, canister, plugin and time, a page at a time', async () => {
    const { page, service } = open;
    const id = await startBatch(service, { plugin: 'returns-ok', count: RUNS, concurrency: 8 });
    await startBatch(service, {
      plugin: 'calls-update',
      count: 1,
      concurrency: 1,
      first: service.failingCanister,
    });
    const ended = async () => (await callApi(service, 'GET', `/v1/batches/${id}`)).endedAt !== undefined;
    await expect.poll(ended, { timeout: 60_000 }).toBe(true);
    await signIn(page, service);
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    const lines = page.locator('tbody tr');
    await expect.poll(() => lines.count()).toBe(100);
    await page.getByRole('button', { name: 'Show older runs' }).click();
    await expect.poll(() => lines.count()).toBeGreaterThan(RUNS);
    expect(await page.getByRole('button', { name: 'Show older runs' }).count()).toBe(0);

    await page.getByLabel('State').selectOption('failed');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.poll(() => lines.count()).toBe(1);
    expect(page.url()).toContain('#/runs?state=failed');
    expect(await lines.textContent()).toContain('CANISTER_REJECTED');
    await lines.getByText('calls-update').waitFor();
    await page.getByRole('button', { name: 'Yesterday' }).click();
    await page.getByText('There are no runs like that.').waitFor();
    await page.getByRole('button', { name: 'Today' }).click();
    await expect.poll(() => lines.count()).toBe(1);

    await page.getByRole('link', { name: 'Show all' }).click();
    await page.getByLabel('Canister').fill(service.canister(7));
    await page.getByLabel('Plugin').selectOption(service.plugins.get('returns-ok') ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.poll(() => lines.count()).toBe(1);
    await page.reload();
    await page.getByRole('link', { name: 'shop-7' }).click();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await page.goBack();
    await expect.poll(() => page.getByLabel('Canister').inputValue()).toBe(service.canister(7));
  });

  test('who changed what is seen by those who administer', async () => {
    const { page, service } = open;
    const id = await startBatch(service, { plugin: 'returns-ok', count: 2, concurrency: 1 });
    await startBatch(service, { plugin: 'returns-ok', count: 3, concurrency: 1 });
    await signIn(page, service);
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('cell', { name: 'batch.create' }).first().waitFor();
    await page.getByRole('link', { name: id }).click();
    await page.getByText('Of', { exact: false }).locator('code', { hasText: id }).first().waitFor();
    const lines = page.locator('tbody tr');
    await expect.poll(() => lines.count()).toBe(1);
    expect(await lines.textContent()).toContain('runs 2');
    await page.getByRole('link', { name: 'Show all' }).click();
    await expect.poll(() => lines.count()).toBeGreaterThan(1);
    await page.getByRole('link', { name: 'batch.create' }).first().click();
    await page.getByRole('heading', { name: '3 runs' }).waitFor();
  });

  test('and is not offered to others', async () => {
    const { page, service } = open;
    await signIn(page, { url: service.url, token: service.newToken(['run']) });
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    await page.goto(`${service.url}/#/audit`);
    await page.getByText('SCOPE_MISSING').waitFor();
  });

  test('a plugin is fetched from public addresses alone', async () => {
    const { page, service } = open;
    await signIn(page, service);
    await page.getByRole('link', { name: 'Plugins' }).click();
    await page.getByText('Fetch a plugin from an address').click();
    const fetch = page.getByRole('button', { name: 'Fetch' });
    await page.getByLabel('Address').fill('ftp://example.org/plugin.wasm');
    await fetch.click();
    await page.getByText('The address must be one of https').waitFor();
    await page.getByLabel('Address').fill('https://127.0.0.1:9/plugin.wasm');
    await fetch.click();
    await page.getByText('The SHA-256 has 64 hex characters').waitFor();
    await page.getByLabel('SHA-256').fill('a'.repeat(64));
    await fetch.click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/ADDRESS|URL|DOWNLOAD/);
  });
});
