// How many plugins can wait for the network at once in one process, and what does each cost in memory?
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildGuest } from '../fixtures/guests.mjs';
import { openLibrary } from './support/library.mjs';
import { startNetwork } from './support/network.mjs';
import { must, report, size } from './support/report.mjs';

const self = fileURLToPath(import.meta.url);
const GUESTS = { small: 'a plugin of 2 KB', large: 'a plugin of 12.5 MB' };
/** Long enough for all to have asked before the first is answered. */
const LATENCY_MS = { small: size(20_000, 2000), large: 0 };
const COUNTS = { small: size([50, 250, 500, 1000], [4]) };
const MOST_BYTES = 8 * 2 ** 30;

if (process.argv[2] === 'one') await measure(...process.argv.slice(3));
else await askAll();

async function askAll() {
  const small = [];
  for (const count of COUNTS.small) small.push({ count, ...(await inOwnProcess('small', count)) });
  const mib = (bytes) => bytes / 2 ** 20;
  const [least, most] = [small[0], small.at(-1)];
  report({
    question: 'plugins that wait for the network at once, in one process',
    figures: [
      ...small.map(({ count, residentBytes }) => ({
        name: `resident memory with ${count} waiting, ${GUESTS.small}`,
        unit: 'MiB',
        values: [mib(residentBytes)],
        ...(count >= 500 ? { atMost: mib(MOST_BYTES) } : {}),
      })),
      {
        name: 'each one more',
        unit: 'MiB',
        values:
          small.length < 2
            ? []
            : [mib(most.residentBytes - least.residentBytes) / (most.count - least.count)],
      },
    ],
    chart: {
      kind: 'lines',
      x: 'plugins waiting',
      y: 'MiB',
      series: { [GUESTS.small]: small.map(({ count, residentBytes }) => [count, mib(residentBytes)]) },
    },
    remarks: ['All of them finish: the network counts their updates.'],
  });
}

async function inOwnProcess(guest, count) {
  const child = fork(self, ['one', guest, count, ...(size(true, false) ? [] : ['--smoke'])]);
  const [answer] = await once(child, 'message');
  await once(child, 'exit');
  return answer;
}

/** Has `count` plugins wait at once, looks at the process's memory, and waits for them to end. */
async function measure(guest, countText) {
  const count = Number(countText);
  const network = await startNetwork(count, { updateLatencyMs: LATENCY_MS[guest] });
  const plugin =
    guest === 'small'
      ? await buildGuest('calls-update')
      : await readFile(new URL('../fixtures/build/seed-data.wasm', import.meta.url));
  const library = await openLibrary({ network, plugin, threads: count, connections: count });
  let residentBytes = 0;
  let waiting = 0;
  const looking = setInterval(() => {
    waiting = Math.max(waiting, library.pool.stats().running);
    residentBytes = Math.max(residentBytes, process.memoryUsage.rss());
  }, 100);
  await library.runAll(count, 1);
  clearInterval(looking);
  const made = (await network.calls()).updates.set;
  must(made === count, `${made} updates were made, not ${count}`);
  must(waiting === count, `${waiting} plugins were on threads at once, not ${count}`);
  await library.close();
  await network.close();
  process.send({ residentBytes });
  process.disconnect();
}
