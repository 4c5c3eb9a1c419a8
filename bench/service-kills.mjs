// A service killed at random moments of a batch of a thousand runs, and of making one of five thousand: what its records
// then say of every update must be what the network knows, and no run that had ended may be done again.
// Needs a build, and Linux. `node bench/service-kills.mjs [kills] [seed]`. Prints JSON; throws at the first wrong account.
import { loadavg } from 'node:os';
import { KilledService } from '../test/support/service-kills.mjs';
import { startNetwork } from './support/network.mjs';
import { isSmoke, machine, must, size } from './support/report.mjs';

const numbers = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number);
const KILLS = numbers[0] ?? size(20, 2);
const SEED = numbers[1] ?? (isSmoke ? 7 : Date.now() % 1_000_000);
const CANISTERS = size(100, 10);
const RUNS = size(1000, 60);
const CREATED_RUNS = size(5000, 500);
const CREATIONS = size(8, 1);
const UPDATES = 3;
const CONCURRENCY = 8;
const UPDATE_LATENCY_MS = 30;
/** From the middle of its start, which takes about one second, to some way into the batch. */
const LIFE_MS = size(2500, 800);
const CREATION_MS = size(2500, 500);

const loadBefore = loadavg()[0];
const network = await startNetwork(CANISTERS, { updateLatencyMs: UPDATE_LATENCY_MS });
const service = await KilledService.open({ network, concurrency: CONCURRENCY, updates: UPDATES, seed: SEED });
const { account } = service;
const batches = [];
try {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const last = batches.at(-1);
    if (last === undefined || (await service.hasEnded(last))) {
      const { id } = await service.create(service.batch(RUNS));
      batches.push(id);
    }
    await service.killAndStart(LIFE_MS);
    await account.check();
    const { succeeded, interrupted } = counts();
    console.error(`kill ${kill + 1}: ${succeeded} succeeded, ${interrupted} interrupted so far`);
  }
  let retries = 0;
  for (const id of batches) retries += await service.retryUntilDone(id);
  const killed = counts();
  const creations = { whole: 0, absent: 0 };
  for (let index = 0; index < CREATIONS; index += 1) {
    creations[await service.killWhileCreating(CREATED_RUNS, CREATION_MS, `creation-${index}`)] += 1;
    await account.check();
  }
  const events = await service.checkEvents();
  const runs = await account.check();
  must(
    runs.every(({ state }) => state !== 'queued' && state !== 'running'),
    'a run has not ended',
  );
  await mustMatchTheNetwork();
  console.log(
    JSON.stringify(
      {
        question: `${KILLS} kills of a service in the middle of a batch of ${RUNS} runs of ${UPDATES} updates each`,
        machine: { ...machine(), loadBefore },
        seed: SEED,
        smoke: isSmoke,
        kills: service.kills,
        batches: batches.length,
        afterTheKills: killed,
        retries,
        creations,
        runs: runs.length,
        events,
        updatesByState: account.states,
        unknownCarriedOut: account.unknownCarriedOut,
      },
      null,
      2,
    ),
  );
} finally {
  await service.close();
  await network.close();
}

function counts() {
  const { succeeded, interrupted } = Object.fromEntries(
    ['succeeded', 'interrupted'].map((state) => [state, account.of(state).length]),
  );
  return { succeeded, interrupted };
}

async function mustMatchTheNetwork() {
  const { canisters } = await network.statistics();
  account.mustCount(
    network.canisters.map(({ id }) => id),
    (id) => canisters[id]?.updates.set ?? 0,
  );
  // And nothing went to any other method or canister.
  const all = Object.values(canisters).flatMap(({ updates }) => Object.entries(updates));
  must(
    all.every(([method]) => method === 'set'),
    `the network was sent ${JSON.stringify(all)}`,
  );
}
