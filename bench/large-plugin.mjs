// What does a plugin of 12.5 MB cost, a JavaScript engine with a program in it: the first time, and then for each canister?
import { readFile } from 'node:fs/promises';
import { icpCliRunsHere, installIcpCli } from '../scripts/icp-cli.mjs';
import { startNetwork } from './support/network.mjs';
import { writeProject } from './support/project.mjs';
import { inTurn, report, size } from './support/report.mjs';

const MANY = size(50, 3);

const plugin = await readFile(new URL('../fixtures/build/seed-data.wasm', import.meta.url));
const network = await startNetwork(MANY);
const project = await writeProject(network, plugin);
const [first] = network.canisters;
const icpCli = icpCliRunsHere ? installIcpCli() : undefined;

/** Checks that `canisters` plugins came to their last update. */
const counted = (canisters, work) =>
  network.counted({ kind: 'updates', method: 'set_uploader', times: canisters }, work);

try {
  const one = await inTurn(size(3, 1), {
    emptyCache: async () => {
      await project.clearCache();
      return counted(1, () => project.sandpool([first.name]));
    },
    warmCache: () => counted(1, () => project.sandpool([first.name])),
    ...(icpCli && { icpCli: () => counted(1, () => project.icpCli(icpCli, [first.name])) }),
  });
  const many = await inTurn(size(5, 1), { sandpool: () => counted(MANY, () => project.sandpool()) });
  report({
    question: 'a plugin of 12.5 MB, a new process each time',
    figures: [
      { name: '1 canister, empty cache', unit: 'ms', values: one.emptyCache, atMost: 2500 },
      { name: '1 canister, warm cache', unit: 'ms', values: one.warmCache },
      { name: '1 canister, icp sync', unit: 'ms', values: one.icpCli ?? [] },
      { name: `${MANY} canisters, warm cache`, unit: 'ms', values: many.sandpool, atMost: 2500 },
    ],
    remarks: [
      'icp-cli compiles the plugin again for each canister: for 50 it takes some 50 times as long as for one.',
    ],
  });
} finally {
  await project.remove();
  await network.close();
}
