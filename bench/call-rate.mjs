// How many verified updates and queries a second go through one process?
import { buildGuest } from '../fixtures/guests.mjs';
import { icpCliBinary } from './support/icp-cli.mjs';
import { openLibrary } from './support/library.mjs';
import { startNetwork } from './support/network.mjs';
import { writeProject } from './support/project.mjs';
import { inTurn, must, report, size } from './support/report.mjs';

const CANISTERS = size(50, 4);
const UPDATES = size(100, 5);
const QUERIES = size(1000, 10);
const ROUNDS = size(3, 1);

const network = await startNetwork(CANISTERS);
const icpCli = icpCliBinary();
const names = network.canisters.map(({ name }) => name);
const figures = [];

/** Calls a second, when `plugins` make `each`; checks that the network had them. */
async function rate({ kind, plugins, each }, work) {
  const method = kind === 'updates' ? 'set' : 'count';
  const before = (await network.calls())[kind][method] ?? 0;
  const milliseconds = await work();
  const made = (await network.calls())[kind][method] - before;
  must(made === plugins * each, `${made} ${kind} were made, not ${plugins * each}`);
  return made / (milliseconds / 1000);
}

try {
  for (const [kind, guest, cases] of [
    [
      'updates',
      'calls-update',
      [
        { plugins: 1, each: UPDATES },
        { plugins: CANISTERS, each: UPDATES, atLeast: 1500 },
      ],
    ],
    [
      'queries',
      'calls-query',
      [
        { plugins: 1, each: QUERIES, atLeast: 2000 },
        { plugins: size(10, 4), each: QUERIES, atLeast: 4000 },
      ],
    ],
  ]) {
    const plugin = await buildGuest(guest);
    const library = await openLibrary({ network, plugin, threads: CANISTERS });
    try {
      for (const { plugins, each, ...wanted } of cases) {
        await library.runAll(Math.min(plugins, CANISTERS), 10);
        const project = await writeProject(network, plugin, each);
        const compared = Math.min(plugins, 10);
        const values = await inTurn(ROUNDS, {
          sandpool: () =>
            rate({ kind, plugins, each }, async () => (await library.runAll(plugins, each)).elapsedMs),
          ...(icpCli && {
            icpCli: () =>
              rate({ kind, plugins: compared, each }, () => project.icpCli(icpCli, names.slice(0, compared))),
          }),
        });
        await project.remove();
        figures.push({
          name: `${kind}, ${plugins} at once, library`,
          unit: '/s',
          values: values.sandpool,
          ...wanted,
        });
        if (icpCli)
          figures.push({ name: `${kind}, ${compared} plugins, icp sync`, unit: '/s', values: values.icpCli });
      }
    } finally {
      await library.close();
    }
  }
  report({ question: 'verified calls a second, the network in a process of its own', figures });
} finally {
  await network.close();
}
