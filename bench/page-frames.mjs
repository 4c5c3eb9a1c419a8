// How long frames of the page take with a batch of 5,000 runs: while they run, while one scrolls through them as they run,
// while one scrolls and all that are left are cancelled at once, and while one scrolls when all have ended. Network, service
// and browser are processes of their own; the browser is Debian's Chromium, which draws without a graphics card here.
// The time between frames is what one sees, and is longer where others have the processor; the CPU time of the page's longest
// task is the page's own. The first must hold on a machine that has nothing else to do, the second always.
// Needs a build, and chromium. `node bench/page-frames.mjs [rounds]`. Prints JSON; throws when a bound does not hold.

import { cpus, loadavg } from 'node:os';
import { buildGuest } from '../fixtures/guests.mjs';
import { startServe } from '../scripts/serve-process.mjs';
import {
  callApi,
  framesWatched,
  launchChromium,
  scrollTable,
  signIn,
  watchFrames,
} from '../test/support/chromium.mjs';
import { startNetwork } from './support/network.mjs';
import { machine } from './support/report.mjs';

const RUNS = 5000;
const CONCURRENCY = 16;
/** Of each run. */
const UPDATES = 1;
/** A service and the browser that shows it are seldom on one machine: here it gives way. */
const NICENESS = 10;
/** Once so many have ended, the service has its threads, and the plugin is ready. */
const WARM_RUNS = 100;
const MOST_FRAME_MS = 50;
const MOST_ROWS = 60;
const WATCHED_MS = 4000;

const rounds = Number(process.argv[2] ?? 3);
const loadBefore = loadavg()[0];
const idle = loadBefore < cpus().length / 2;
const browser = await launchChromium();
const results = [];
try {
  for (let round = 0; round < rounds; round++) results.push(...(await measure(round)));
} finally {
  await browser.close();
}
const question = `${RUNS} runs on the page: how long are its frames`;
console.log(
  JSON.stringify(
    { question, machine: { ...machine(), loadBefore, idle }, browser: browser.version(), results },
    null,
    2,
  ),
);
const broken = results.filter(
  ({ longestMs, longestTaskCpuMs, mostRows }) =>
    longestTaskCpuMs >= MOST_FRAME_MS || (idle && longestMs >= MOST_FRAME_MS) || mostRows > MOST_ROWS,
);
if (broken.length > 0)
  throw new Error(`does not hold:\n${broken.map((one) => JSON.stringify(one)).join('\n')}`);

async function measure(round) {
  const network = await startNetwork(RUNS);
  const service = await startServe({
    network: 'embedded',
    at: network,
    identity: 'deployer',
    settings: { concurrency: CONCURRENCY },
    niceness: NICENESS,
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const at = { url: service.url, token: service.token };
    const plugin = await upload(at, await buildGuest('calls-update', '0.2'));
    const page = await context.newPage();
    await signIn(page, at);
    const batch = await callApi(at, 'POST', '/v1/batches', {
      concurrency: CONCURRENCY,
      defaults: { plugin, network: 'embedded', identity: 'deployer', environment: `calls-${UPDATES}` },
      runs: network.canisters.map(({ id, name }) => ({ canister: id, label: name })),
    });
    await page.goto(`${at.url}/#/batches/${batch.id}`);
    await page.getByText('live', { exact: true }).waitFor();
    const watched = async (what, work) => {
      const before = await ended(page);
      await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
      await watchFrames(page);
      const mostRows = await work();
      const frames = await framesWatched(page);
      const longestTaskCpuMs = longestTaskIn(await browser.stopTracing());
      const one = {
        round,
        what,
        ...frames,
        longestTaskCpuMs,
        mostRows,
        endedMeanwhile: (await ended(page)) - before,
      };
      console.error(JSON.stringify(one));
      return one;
    };
    while ((await ended(page)) < WARM_RUNS) await page.waitForTimeout(100);
    const changing = await watched('they run', () =>
      page.waitForTimeout(WATCHED_MS).then(() => rowsOf(page)),
    );
    const both = await watched('scrolling while they run', () => scrollTable(page, WATCHED_MS));
    const cancelled = await watched('scrolling while the rest is cancelled', async () => {
      const rows = scrollTable(page, WATCHED_MS);
      await callApi(at, 'POST', `/v1/batches/${batch.id}/cancel`);
      return rows;
    });
    for (const { what, endedMeanwhile } of [changing, both, cancelled])
      if (endedMeanwhile === 0) throw new Error(`nothing changed: ${what}`);
    await page.getByText('Took', { exact: true }).waitFor();
    if ((await ended(page)) !== RUNS) throw new Error('the page has not counted every run');
    const still = await watched('scrolling when they have ended', () => scrollTable(page, WATCHED_MS));
    return [changing, both, cancelled, still];
  } finally {
    await context.close();
    await service.close();
    await network.close();
  }
}

async function upload({ url, token }, body) {
  const response = await fetch(`${url}/v1/plugins`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/wasm' },
    body,
  });
  if (!response.ok) throw new Error(`the upload: ${response.status} ${await response.text()}`);
  return (await response.json()).sha256;
}

/** The most CPU time that one task of the page's main thread took, in milliseconds. */
function longestTaskIn(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const threadOf = ({ pid, tid }) => `${pid}:${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(threadOf),
  );
  const tasks = traceEvents.filter(
    (event) => event.name === 'RunTask' && event.tdur !== undefined && main.has(threadOf(event)),
  );
  if (tasks.length === 0) throw new Error('the trace has no tasks of the page');
  return Math.round(tasks.reduce((most, { tdur }) => Math.max(most, tdur), 0) / 100) / 10;
}

async function ended(page) {
  return Number(await page.getByRole('progressbar').getAttribute('aria-valuenow'));
}

function rowsOf(page) {
  return page.locator('.grid-body [role=row]').count();
}
