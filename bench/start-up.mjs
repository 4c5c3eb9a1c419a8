// How long does the command take that has next to nothing to do: one canister, a plugin of 2 KB that returns at once?
import { buildGuest } from '../fixtures/guests.mjs';
import { icpCliRunsHere, installIcpCli } from '../scripts/icp-cli.mjs';
import { startNetwork } from './support/network.mjs';
import { writeProject } from './support/project.mjs';
import { inTurn, median, report, size } from './support/report.mjs';

const network = await startNetwork(1);
const project = await writeProject(network, await buildGuest('returns-ok'));
const icpCli = icpCliRunsHere ? installIcpCli() : undefined;
try {
  await project.sandpool();
  const values = await inTurn(size(15, 2), {
    sandpool: () => project.sandpool(),
    node: () => project.emptyNode(),
    ...(icpCli && { icpCli: () => project.icpCli(icpCli) }),
  });
  const ratio = icpCli ? [median(values.sandpool) / median(values.icpCli)] : [];
  report({
    question: 'the whole command: one canister, a plugin of 2 KB, warm cache',
    figures: [
      { name: 'sandpool sync', unit: 'ms', values: values.sandpool },
      { name: 'of which Node, with nothing to do', unit: 'ms', values: values.node },
      { name: 'icp sync', unit: 'ms', values: values.icpCli ?? [] },
      { name: 'ratio', unit: 'times', values: ratio, atMost: 4 },
    ],
    remarks: [
      'The rest is loading the code, with what an earlier process compiled of it, and two threads that each take as long to begin as Node itself: for the plugin and for signatures.',
    ],
  });
} finally {
  await project.remove();
  await network.close();
}
