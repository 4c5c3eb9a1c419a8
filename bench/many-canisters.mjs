// What does a canister cost that has next to nothing done to it, and does that change with how many there are?
import { buildGuest } from '../fixtures/guests.mjs';
import { icpCliRunsHere, installIcpCli } from '../scripts/icp-cli.mjs';
import { startNetwork } from './support/network.mjs';
import { writeProject } from './support/project.mjs';
import { inTurn, report, size } from './support/report.mjs';

const COUNTS = size([1, 10, 50, 200, 500, 1000], [1, 4]);
const MOST_FOR_ICP_CLI = 200;
const WANTED = 200;

const plugin = await buildGuest('returns-ok');
const network = await startNetwork(Math.max(...COUNTS));
const icpCli = icpCliRunsHere ? installIcpCli() : undefined;
const sandpool = [];
const reference = [];
try {
  for (const count of COUNTS) {
    const project = await writeProject({ ...network, canisters: network.canisters.slice(0, count) }, plugin);
    try {
      await project.sandpool();
      const isCompared = icpCli !== undefined && count <= MOST_FOR_ICP_CLI;
      const values = await inTurn(size(count === WANTED ? 5 : 3, 1), { sandpool: () => project.sandpool() });
      sandpool.push({ count, values: values.sandpool });
      if (isCompared) {
        const rounds = size(count >= WANTED ? 1 : 3, 1);
        reference.push({
          count,
          values: (await inTurn(rounds, { icpCli: () => project.icpCli(icpCli) })).icpCli,
        });
      }
    } finally {
      await project.remove();
    }
  }
  report({
    question: 'a plugin of 2 KB that returns at once: cost against the number of canisters',
    figures: [
      ...sandpool.map(({ count, values }) => ({
        name: `${count} canisters, sandpool sync, warm cache`,
        unit: 'ms',
        values,
        ...(count === WANTED ? { atMost: 800 } : {}),
      })),
      ...reference.map(({ count, values }) => ({ name: `${count} canisters, icp sync`, unit: 'ms', values })),
    ],
    chart: {
      kind: 'lines',
      x: 'canisters',
      y: 'ms',
      series: { 'sandpool sync': points(sandpool), 'icp sync': points(reference) },
    },
  });
} finally {
  await network.close();
}

function points(measured) {
  return measured.flatMap(({ count, values }) => values.map((value) => [count, value]));
}
