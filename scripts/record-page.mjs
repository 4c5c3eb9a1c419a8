// Records what the page looks like, light and dark, into docs/page/: a service and an embedded network, a batch that failed
// in part, and one under way. Needs a build, the fixtures, and Debian's Chromium.

import { mkdir, readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import { startLocalnet } from '../dist/main/localnet/index.js';
import { callApi, launchChromium, signIn } from '../test/support/chromium.mjs';
import { startServe } from './serve-process.mjs';

const output = fileURLToPath(new URL('../docs/page/', import.meta.url));
const plugins = new URL('../fixtures/build/', import.meta.url);
const KINDS = ['backend', 'frontend', 'ledger', 'archive', 'users', 'search', 'metrics', 'orders'];
const RECORDS = ['apples', 'pears', 'plums', 'quinces', 'medlars', 'sloes', 'damsons', 'mulberries'];
const RUNS = 500;
const ROW_PIXELS = 34;

const names = Array.from({ length: RUNS }, (_, index) => {
  const number = String(Math.floor(index / KINDS.length) + 1).padStart(2, '0');
  return `${KINDS[index % KINDS.length]}-${number}`;
});
const network = await startLocalnet({
  canisters: [...names.map((name) => ({ kind: 'kv', name })), { kind: 'test', name: 'gateway' }],
  updateLatencyMs: 250,
});
const idOf = new Map(network.canisters.map(({ name, id }) => [name, id]));
const service = await startServe({
  network: 'local',
  at: network,
  identity: 'deployer',
  canisters: { shops: names.slice(0, 24).map((name) => idOf.get(name)), all: [...idOf.values()] },
  settings: { concurrency: 48 },
});
const browser = await launchChromium();
try {
  await mkdir(output, { recursive: true });
  const seedData = await upload(
    '/v1/plugins?name=seed-data',
    await readFile(new URL('seed-data-keyed.wasm', plugins)),
  );
  await upload('/v1/plugins?name=asset-upload', await readFile(new URL('asset-upload.wasm', plugins)));
  const bundle = await upload('/v1/bundles', await seedBundle());
  const steps = {
    plugin: seedData,
    network: 'local',
    identity: 'deployer',
    environment: 'production',
    bundle,
    files: { seed: 'seed', prices: 'prices.json' },
    fields: { prefix: 'shop/' },
  };
  await ended(
    await batch({ name: 'smoke test', concurrency: 8, defaults: steps, runs: runsOf(names.slice(0, 8)) }),
  );
  const [one, two] = names;
  const failing = await batch({
    name: 'release 41',
    concurrency: 24,
    defaults: steps,
    runs: [
      { canister: idOf.get('gateway'), label: 'gateway' },
      { canister: idOf.get(one), label: one, limits: { hostCalls: 6 } },
      ...runsOf([two, ...names.slice(2, 60)]),
    ],
  });
  await ended(failing);
  const { items: failed } = await call('GET', `/v1/runs?batch=${failing.id}&state=failed`);
  const run = failed.find(({ label }) => label === one);
  await ended(await call('POST', `/v1/batches/${failing.id}/retry`, {}));
  const underWay = await batch({ name: 'release 42', concurrency: 40, defaults: steps, runs: runsOf(names) });
  const contexts = await Promise.all(['light', 'dark'].map(openContext));
  const record = async (name, hash, ready) => {
    for (const { colorScheme, page } of contexts) {
      await page.goto(`${service.url}/${hash}`);
      await ready(page);
      await page.screenshot({ path: `${output}${name}-${colorScheme}.png`, fullPage: name === 'new-batch' });
      console.log(`docs/page/${name}-${colorScheme}.png`);
    }
  };
  const someEnded = async () =>
    (await call('GET', `/v1/batches/${underWay.id}`)).counts.succeeded >= RUNS / 10;
  while (!(await someEnded())) await pause(200);
  await record('batch-under-way', `#/batches/${underWay.id}`, async (page) => {
    await page.getByText('live', { exact: true }).waitFor();
    await pause(3000);
    // Where some have ended and others are under way.
    const { counts } = await call('GET', `/v1/batches/${underWay.id}`);
    await page.locator('.grid-body').evaluate(
      (body, top) => {
        body.scrollTop = top;
      },
      ROW_PIXELS * Math.max(0, counts.succeeded - 3),
    );
    await page
      .getByText(/^waiting on update/)
      .nth(3)
      .waitFor();
  });
  await record('batches', '#/batches', async (page) => {
    await page.getByRole('table').waitFor();
    await pause(3000);
  });
  await record('failing-run', `#/runs/${run.id}`, (page) =>
    page.getByText('HOST_CALL_LIMIT_EXCEEDED').first().waitFor(),
  );
  await record('runs', '#/runs?state=failed', (page) =>
    page.getByRole('cell', { name: 'seed-data' }).first().waitFor(),
  );
  await record('plugins', '#/plugins', async (page) => {
    await page.getByText('What it may do').last().click();
    await page.getByText('canister-metadata-section').first().waitFor();
  });
  await record('audit', '#/audit', (page) => page.getByRole('cell', { name: 'batch.retry' }).waitFor());
  await record('new-batch', '#/batches/new', async (page) => {
    await page.getByLabel('Plugin', { exact: true }).selectOption(seedData);
    await page.getByRole('button', { name: 'shops' }).click();
    await page.getByText('Files that it is given').click();
    await page.getByLabel('Bundle', { exact: true }).selectOption(bundle);
    await page.getByLabel('Files and directories').fill('seed=seed\nprices=prices.json');
  });
  await ended(underWay);
  await record('totals', '#/totals', async (page) => {
    await page.getByLabel('10 minutes').check();
    await page.locator('canvas').waitFor();
    await pause(500);
  });
} finally {
  await browser.close();
  await service.close();
  await network.close();
}

function call(method, path, body) {
  return callApi(service, method, path, body);
}

async function upload(path, body) {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${service.token}`, 'content-type': 'application/octet-stream' },
    body,
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()).sha256;
}

function seedBundle() {
  const archive = pack();
  for (const [index, name] of RECORDS.entries())
    archive.entry({ name: `seed/${name}.txt` }, `${name}, ${12 + index} crates\n`);
  archive.entry(
    { name: 'prices.json' },
    JSON.stringify(Object.fromEntries(RECORDS.map((name) => [name, 3]))),
  );
  archive.finalize();
  return buffer(archive);
}

function runsOf(wanted) {
  return wanted.map((name) => ({ canister: idOf.get(name), label: name }));
}

function batch(request) {
  return call('POST', '/v1/batches', request);
}

async function ended({ id }) {
  while ((await call('GET', `/v1/batches/${id}`)).endedAt === undefined) await pause(200);
}

async function openContext(colorScheme) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await signIn(page, service);
  return { colorScheme, page };
}
