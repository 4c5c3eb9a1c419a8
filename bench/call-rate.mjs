// How many verified updates and queries a second go through one process?
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { buildGuest } from '../fixtures/guests.mjs';
import { icpCliRunsHere, installIcpCli } from '../scripts/icp-cli.mjs';
import { openLibrary } from './support/library.mjs';
import { startNetwork } from './support/network.mjs';
import { writeProject } from './support/project.mjs';
import { inTurn, report, size } from './support/report.mjs';

const CANISTERS = size(50, 4);
const UPDATES = size(100, 5);
const QUERIES = size(1000, 10);
const ROUNDS = size(3, 1);

const network = await startNetwork(CANISTERS);
const icpCli = icpCliRunsHere ? installIcpCli() : undefined;
const names = network.canisters.map(({ name }) => name);
const figures = [];

/** Calls a second, when `plugins` make `each` in the milliseconds that `work` gives. */
async function rate({ kind, plugins, each }, work) {
  const times = plugins * each;
  const method = kind === 'updates' ? 'set' : 'count';
  return times / ((await network.counted({ kind, method, times }, work)) / 1000);
}

/** A library's runs; and how long this thread was held up meanwhile, in milliseconds: 99 of 100 times less. */
async function watched(run) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const { elapsedMs } = await run();
  delay.disable();
  return { elapsedMs, heldUpMs: delay.percentile(99) / 1e6 };
}

/** Measures one kind of call by `plugins` at once, beside icp-cli with at most ten, which it takes in turn anyway. */
async function measure(library, plugin, { kind, plugins, each, atLeast }) {
  const project = await writeProject(network, plugin, each);
  const compared = Math.min(plugins, 10);
  const heldUpMs = [];
  await library.runAll(plugins, 10);
  const values = await inTurn(ROUNDS, {
    sandpool: () =>
      rate({ kind, plugins, each }, async () => {
        const seen = await watched(() => library.runAll(plugins, each));
        heldUpMs.push(seen.heldUpMs);
        return seen.elapsedMs;
      }),
    ...(icpCli && {
      icpCli: () =>
        rate({ kind, plugins: compared, each }, () => project.icpCli(icpCli, names.slice(0, compared))),
    }),
  });
  await project.remove();
  const name = `${kind}, ${plugins} at once, library`;
  return [
    { name, unit: '/s', values: values.sandpool, ...(atLeast === undefined ? {} : { atLeast }) },
    { name: `${kind}, ${compared} plugins, icp sync`, unit: '/s', values: values.icpCli ?? [] },
    { name: `${name}: main thread held up, p99`, unit: 'ms', values: heldUpMs, atMost: 10 },
  ];
}

const KINDS = [
  { kind: 'updates', guest: 'calls-update', cases: [{ plugins: 1 }, { plugins: CANISTERS, atLeast: 1500 }] },
  {
    kind: 'queries',
    guest: 'calls-query',
    cases: [
      { plugins: 1, atLeast: 2000 },
      { plugins: size(10, 4), atLeast: 4000 },
    ],
  },
];

try {
  for (const { kind, guest, cases } of KINDS) {
    const plugin = await buildGuest(guest);
    const library = await openLibrary({ network, plugin, threads: CANISTERS });
    const each = kind === 'updates' ? UPDATES : QUERIES;
    for (const one of cases) figures.push(...(await measure(library, plugin, { kind, each, ...one })));
    await library.close();
  }
  report({
    question: 'verified calls a second, the network in a process of its own',
    figures,
    remarks: [
      "The network shares the processors, and is JavaScript as well: for an update it takes as much of them as the client's main thread does, and as the check of the signature.",
    ],
  });
} finally {
  await network.close();
}
