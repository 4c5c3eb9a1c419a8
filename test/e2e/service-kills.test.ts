// A real service, killed in the middle of a batch and of making one: its records must be what the network knows. The long
// form of this is bench/service-kills.mjs.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { KilledService } from '../support/service-kills.mjs';

const KILLS = 3;
const CANISTERS = 12;
const RUNS = 120;
const UPDATES = 2;
const LIFE_MS = 1500;
const CREATED_RUNS = 1000;
const MINUTE = 60_000;

let network: Localnet;
let service: KilledService;

beforeAll(async () => {
  const canisters = Array.from({ length: CANISTERS }, (_, index) => ({
    kind: 'kv' as const,
    name: `kv-${index}`,
  }));
  network = await startLocalnet({ canisters, updateLatencyMs: 20 });
  service = await KilledService.open({ network, concurrency: 4, updates: UPDATES, seed: 2 });
}, MINUTE);
afterAll(async () => {
  await service.close();
  await network.close();
});

test(
  'what a killed service says of its runs and updates is what the network knows',
  async () => {
    const { account } = service;
    const { id } = await service.create(service.batch(RUNS));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await service.killAndStart(LIFE_MS);
      await account.check();
    }
    expect(account.of('interrupted').length).toBeGreaterThan(0);
    await service.retryUntilDone(id);
    await service.killWhileCreating(CREATED_RUNS, LIFE_MS, 'creation');
    await service.checkEvents();
    const runs = await account.check();
    expect(runs.filter(({ state }) => state === 'queued' || state === 'running')).toEqual([]);
    // Every one of the first batch was done in the end, if not at once.
    const done = account.of('succeeded').length;
    expect(done).toBeGreaterThanOrEqual(RUNS);
    const counted = network.statistics().canisters;
    account.mustCount(
      network.canisters.map(({ id: canisterId }) => canisterId),
      (canisterId) => counted[canisterId]?.updates['set'] ?? 0,
    );
  },
  MINUTE,
);
