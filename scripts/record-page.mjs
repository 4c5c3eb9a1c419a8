// Records what the page looks like, light and dark, into docs/page/. Needs a build, and Debian's Chromium.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { callApi, launchChromium, signIn } from '../test/support/chromium.mjs';
import { startStandIn } from '../test/support/page-service.mjs';
import { canisterId, FAILING_CANISTER } from '../test/support/page-service-runs.mjs';

const output = fileURLToPath(new URL('../docs/page/', import.meta.url));
const TWO_HOURS_MS = 7_200_000;
const LABELS = ['backend', 'frontend', 'ledger', 'archive', 'users', 'assets', 'search', 'metrics'];

await mkdir(output, { recursive: true });
const service = await startStandIn();
const browser = await launchChromium();
try {
  service.runs.addPast(TWO_HOURS_MS, 120);
  const token = service.runs.tokens.admin;
  const at = { url: service.url, token };
  const { items: plugins } = await callApi(at, 'GET', '/v1/plugins');
  const plugin = (name) => plugins.find((found) => found.name === name).sha256;
  const batch = (name, count, concurrency) =>
    callApi(at, 'POST', '/v1/batches', {
      name,
      concurrency,
      defaults: { plugin: plugin('seed-data'), network: 'embedded', identity: 'deployer' },
      runs: Array.from({ length: count }, (_, index) => ({
        canister: index === 2 ? FAILING_CANISTER : canisterId(index),
        label: `${LABELS[index % LABELS.length]}-${String(index + 1).padStart(3, '0')}`,
      })),
    });
  const ended = async ({ id }) => {
    while (!(await callApi(at, 'GET', `/v1/batches/${id}`)).endedAt)
      await new Promise((done) => setTimeout(done, 100));
  };
  await ended(await batch('smoke test', 8, 8));
  const failing = await batch('release 41', 60, 30);
  await ended(failing);
  const { items: failed } = await callApi(at, 'GET', `/v1/runs?batch=${failing.id}&state=failed`);
  const run = failed.find(({ canister }) => canister === FAILING_CANISTER);
  await callApi(at, 'POST', `/v1/batches/${failing.id}/retry`, {});
  const underWay = await batch('release 42', 500, 40);
  const contexts = await Promise.all(
    ['light', 'dark'].map(async (colorScheme) => {
      const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      await signIn(page, at);
      return { colorScheme, page };
    }),
  );
  const record = async (name, hash, ready) => {
    for (const { colorScheme, page } of contexts) {
      await page.goto(`${service.url}/${hash}`);
      await ready(page);
      await page.screenshot({ path: `${output}${name}-${colorScheme}.png` });
      console.log(`docs/page/${name}-${colorScheme}.png`);
    }
  };
  const seconds = (count) => new Promise((done) => setTimeout(done, count * 1000));
  await record('batch-under-way', `#/batches/${underWay.id}`, async (page) => {
    await page.getByRole('grid').waitFor();
    await seconds(4);
  });
  await record('batches', '#/batches', async (page) => {
    await page.getByRole('table').waitFor();
    await seconds(3);
  });
  await record('failing-run', `#/runs/${run.id}`, (page) =>
    page.getByText('out of stable memory').first().waitFor(),
  );
  await record('plugins', '#/plugins', async (page) => {
    await page.getByText('What it may do').nth(2).click();
    await page.getByText('canister-metadata-section').waitFor();
  });
  await record('totals', '#/totals', (page) => page.locator('canvas').waitFor());
  await record('new-batch', '#/batches/new', (page) => page.getByRole('button', { name: 'shops' }).click());
} finally {
  await browser.close();
  await service.close();
}
