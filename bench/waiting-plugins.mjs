// How many plugins can wait for the network at once in one process, and what does each cost in memory?
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { buildGuest } from '../fixtures/guests.mjs';
import { openLibrary } from './support/library.mjs';
import { startNetwork } from './support/network.mjs';
import { isSmoke, must, report, size } from './support/report.mjs';

const COUNTS = size([50, 250, 500, 1000], [4]);
const MOST_BYTES = 8 * 2 ** 30;
const WANTED = 500;
/** Long enough for all to have asked before the first is answered. */
const latencyMs = (count) => 2000 + 50 * count;

if (process.argv[2] === 'one') {
  await measure(Number(process.argv[3]));
} else {
  const seen = [];
  for (const count of COUNTS) {
    seen.push({ count, ...(await inOwnProcess(count)) });
    console.error(JSON.stringify(seen.at(-1)));
  }
  answer(seen);
}

function answer(seen) {
  const mib = (bytes) => bytes / 2 ** 20;
  const [least, most] = [seen[0], seen.at(-1)];
  const more = mib(most.residentBytes - least.residentBytes) / (most.count - least.count);
  report({
    question: 'plugins of 2 KB that wait for the network at once, in one process',
    figures: [
      ...seen.map(({ count, residentBytes }) => ({
        name: `resident memory with ${count} waiting`,
        unit: 'MiB',
        values: [mib(residentBytes)],
        ...(count === WANTED ? { atMost: mib(MOST_BYTES) } : {}),
      })),
      { name: 'each one more', unit: 'MiB', values: seen.length > 1 ? [more] : [] },
      ...seen.map(({ count, elapsedMs }) => ({
        name: `${count} begun and finished, of which ${latencyMs(count) / 1000} s waiting`,
        unit: 's',
        values: [elapsedMs / 1000],
      })),
    ],
    chart: {
      kind: 'lines',
      x: 'plugins waiting',
      y: 'MiB',
      series: { 'resident memory': seen.map(({ count, residentBytes }) => [count, mib(residentBytes)]) },
    },
    remarks: ['All of them finish: the network counts their updates.'],
  });
}

async function inOwnProcess(count) {
  const child = fork(fileURLToPath(import.meta.url), ['one', count, ...(isSmoke ? ['--smoke'] : [])]);
  const [[answered]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  return answered;
}

/** Has `count` plugins wait at once, looks at the process's memory, and waits for them to end. */
async function measure(count) {
  const network = await startNetwork(count, { updateLatencyMs: latencyMs(count) });
  const plugin = await buildGuest('calls-update');
  const library = await openLibrary({ network, plugin, threads: count, connections: count });
  let residentBytes = 0;
  let waiting = 0;
  const looking = setInterval(() => {
    waiting = Math.max(waiting, library.pool.stats().running);
    residentBytes = Math.max(residentBytes, process.memoryUsage.rss());
  }, 100);
  const { elapsedMs } = await network.counted({ kind: 'updates', method: 'set', times: count }, () =>
    library.runAll(count, 1),
  );
  clearInterval(looking);
  must(waiting === count, `${waiting} plugins were on threads at once, not ${count}`);
  await library.close();
  await network.close();
  process.send({ residentBytes, elapsedMs });
  process.disconnect();
}
