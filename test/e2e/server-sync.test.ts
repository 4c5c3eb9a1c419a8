// The orchard synced on a service, from the command line: the canisters must hold what a sync here leaves, and the events
// must tell the same.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SyncEvent } from '#src/main/sync/sync-events.js';
import { ENVIRONMENT } from '../../scripts/orchard.mjs';
import { type CommandResult, eventsOf, ofType, sandpool } from '../main/cli/command-line.js';
import { type Orchard, plantOrchard } from '../support/orchard-network.js';
import { type RunningService, startService } from '../support/running-service.js';

const MINUTES = 60_000;

let here: Orchard;
let there: Orchard;
let service: RunningService;
let local: CommandResult;
let remote: CommandResult;

beforeAll(async () => {
  [here, there] = await Promise.all([plantOrchard(), plantOrchard()]);
  const { url, rootKeyHex, canisters } = there.network;
  service = await startService({
    networks: { local: { url, rootKeyHex } },
    canisters: { orchard: canisters.map(({ id }) => id) },
  });
  const words = ['sync', '-e', ENVIRONMENT, '--json'];
  local = await sandpool([...words, '--identity', 'anonymous'], here.folder);
  remote = await sandpool(['--server', service.url, ...words], there.folder, {
    SANDPOOL_TOKEN: service.token(),
  });
}, 3 * MINUTES);
afterAll(async () => {
  await service.close();
  service.remove();
  await here.close();
  await there.close();
});

test('both succeed', () => {
  expect(local).toMatchObject({ exitCode: 0, stderr: '' });
  expect(remote).toMatchObject({ exitCode: 0, stderr: '' });
});

test('the canisters hold what one sync must leave, each written once', async () => {
  expect(await there.differences()).toEqual([]);
  const [left, right] = await Promise.all([here.content(), there.content()]);
  expect(right).toEqual(left);
});

/** What the events of each canister say, without what is of one time or place. */
function storyOf(result: CommandResult): Record<string, unknown> {
  const events = eventsOf(result);
  const names = ofType(events, 'canister-queued').map(({ canister }) => canister);
  const own = (name: string) =>
    events.filter((event) => 'canister' in event && event.canister === name).map(timeless);
  return Object.fromEntries(names.map((name) => [name, own(name)]));
}

function timeless(event: SyncEvent): unknown {
  const text = JSON.stringify(event, (key, value) => {
    if (/^(?:time|durationMs|statistics|requestIdHex)$/.test(key)) return undefined;
    // Plugins say how long they took.
    return key === 'line' ? String(value).replaceAll(/\d+(?:\.\d+)? ?m?s\b/g, 'TIME') : value;
  });
  return JSON.parse(text);
}

test('the events tell the same of every canister', () => {
  const story = storyOf(remote);
  expect(Object.keys(story)).toHaveLength(24);
  expect(story).toEqual(storyOf(local));
});

test('and so do the plan, the plugins and the summary', () => {
  const [mine, theirs] = [eventsOf(local), eventsOf(remote)];
  const alike = (events: SyncEvent[]) => ({
    plan: ofType(events, 'plan').map(({ environment, network, identity, canisters }) => ({
      environment,
      network,
      identity,
      canisters,
    })),
    plugins: ofType(events, 'plugin-prepared')
      .map((event) => timeless(event))
      .map((event) => JSON.stringify(event))
      .sort(),
    summary: ofType(events, 'summary').map(timeless),
    // Here the manifest's choice to fetch the root key is warned of; there the configuration made it.
    types: [...new Set(events.map(({ type }) => type))].filter((type) => type !== 'warning').sort(),
  });
  expect(alike(theirs)).toEqual(alike(mine));
  expect(ofType(theirs, 'step-finished').every(({ statistics }) => (statistics?.hostCalls ?? 0) > 0)).toBe(
    true,
  );
});

test('a second sync sends nothing that is there', async () => {
  const before = service.service.store.plugins.list().length;
  const bundles = service.service.store.bundles.list().length;
  const again = await sandpool(
    ['sync', '-e', ENVIRONMENT, '--server', service.url, '--plain'],
    there.folder,
    {
      SANDPOOL_TOKEN: service.token(),
    },
  );
  expect(again.exitCode).toBe(0);
  expect(again.stdout).toMatch(/^24 synced in /m);
  expect(service.service.store.plugins.list()).toHaveLength(before);
  expect(service.service.store.bundles.list()).toHaveLength(bundles);
  expect(bundles).toBe(1);
});
