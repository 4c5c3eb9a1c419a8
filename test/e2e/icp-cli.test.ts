// An independent host with our plugins, and an independent client with our network: the stock icp-cli syncs a canister
// of each kind in the orchard as we do, verifying every answer, and leaves the same behind.

import { afterEach, describe, expect, test } from 'vitest';
import { icpCliRunsHere } from '../../scripts/icp-cli.mjs';
import { ENVIRONMENT, orchardCanisters } from '../../scripts/orchard.mjs';
import { sandpool } from '../main/cli/command-line.js';
import { runIcpCli } from '../support/icp-cli.js';
import { type Orchard, plantOrchard } from '../support/orchard-network.js';

const orchards: Orchard[] = [];
afterEach(async () => {
  await Promise.all(orchards.splice(0).map((orchard) => orchard.close()));
});

async function orchard(): Promise<Orchard> {
  const planted = await plantOrchard();
  orchards.push(planted);
  return planted;
}

// It compiles each 12 MB plugin anew for every canister that has one, which takes minutes here.
const MINUTES = 60_000;

describe.runIf(icpCliRunsHere)('the orchard', () => {
  test('is left in the same state by icp-cli and by sandpool', { timeout: 12 * MINUTES }, async () => {
    const [theirs, ours] = [await orchard(), await orchard()];
    const names = await oneOfEachPlugin();
    const differences = async ({ differences: of }: Orchard) =>
      (await of()).filter((line) => names.some((name) => line.startsWith(`${name}: `)));
    const args = ['sync', '--environment', ENVIRONMENT, '--identity', 'anonymous', ...names];
    expect(await sandpool(args, ours.folder)).toMatchObject({ exitCode: 0 });
    expect(await differences(ours)).toEqual([]);
    expect(await runIcpCli(theirs.folder, args)).toMatchObject({ exitCode: 0 });
    expect(await differences(theirs)).toEqual([]);
    expect(await ours.content()).toEqual(await theirs.content());
  });
});

/** The first canister of each plugin. */
async function oneOfEachPlugin(): Promise<string[]> {
  const byPlugin = new Map<string, string>();
  for (const { name, step } of await orchardCanisters())
    if (!byPlugin.has(step['path'])) byPlugin.set(step['path'], name);
  return [...byPlugin.values()];
}
