// What is it worth to sync canisters at once, when each has five updates to make in turn at 200 ms?
import { buildGuest } from '../fixtures/guests.mjs';
import { icpCliRunsHere, installIcpCli } from '../scripts/icp-cli.mjs';
import { openLibrary } from './support/library.mjs';
import { startNetwork } from './support/network.mjs';
import { writeProject } from './support/project.mjs';
import { inTurn, report, size } from './support/report.mjs';

const MANY = size(50, 4);
const TEN = size(10, 2);
const UPDATES = size(5, 2);

const plugin = await buildGuest('calls-update');
const network = await startNetwork(MANY, { updateLatencyMs: 200 });
const library = await openLibrary({ network, plugin, threads: MANY });
const { url, rootKeyHex, canisters } = network;
const project = await writeProject(network, plugin, UPDATES);
const projectOfTen = await writeProject(
  { url, rootKeyHex, canisters: canisters.slice(0, TEN) },
  plugin,
  UPDATES,
);
const icpCli = icpCliRunsHere ? installIcpCli() : undefined;

const counted = (count, work) =>
  network.counted({ kind: 'updates', method: 'set', times: count * UPDATES }, work);

try {
  await library.runAll(MANY, 1);
  await projectOfTen.sandpool();
  const ten = await inTurn(size(5, 1), {
    sandpool: () => counted(TEN, () => projectOfTen.sandpool()),
    ...(icpCli && { icpCli: () => counted(TEN, () => projectOfTen.icpCli(icpCli)) }),
  });
  const many = await inTurn(size(5, 1), {
    library: () => counted(MANY, async () => (await library.runAll(MANY, UPDATES)).elapsedMs),
    sandpool: () => counted(MANY, () => project.sandpool()),
  });
  const manyByIcpCli = icpCli
    ? await inTurn(1, { icpCli: () => counted(MANY, () => project.icpCli(icpCli)) })
    : { icpCli: [] };
  report({
    question: `${UPDATES} updates each in turn, at 200 ms an update`,
    figures: [
      { name: `${MANY} canisters, library, threads ready`, unit: 'ms', values: many.library, atMost: 1300 },
      { name: `${MANY} canisters, sandpool sync, warm cache`, unit: 'ms', values: many.sandpool },
      { name: `${MANY} canisters, icp sync`, unit: 'ms', values: manyByIcpCli.icpCli },
      { name: `${TEN} canisters, sandpool sync, warm cache`, unit: 'ms', values: ten.sandpool, atMost: 1600 },
      { name: `${TEN} canisters, icp sync`, unit: 'ms', values: ten.icpCli ?? [] },
    ],
    remarks: [
      `The least that can be is ${UPDATES * 200} ms; icp-cli first asks whether the canister runs, for 200 ms more.`,
    ],
  });
} finally {
  await project.remove();
  await projectOfTen.remove();
  await library.close();
  await network.close();
}
