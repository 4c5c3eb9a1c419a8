// Ctrl-C at a random moment, again and again: what the report then says of every update must be what the network knows
// of it. Half of the rounds are on a network that answers calls with their outcome, half on one whose calls have to be
// asked after. Needs a build with the guests. `node bench/interruptions.mjs [rounds] [seed]`. Prints JSON; throws at the
// first round whose account is wrong.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { startLocalnet } from '../dist/main/localnet/index.js';
import { buildGuest } from '../fixtures/guests.mjs';
import { writeProject } from './support/project.mjs';
import { machine, must } from './support/report.mjs';

const ROUNDS = Number(process.argv[2] ?? 200);
const SEED = Number(process.argv[3] ?? Date.now() % 1_000_000);
const CANISTERS = 6;
/** Of each canister, one after another. */
const UPDATES = 12;
const UPDATE_LATENCY_MS = 60;
/** From before the command can hear a signal to well after its last update. */
const LATEST_MS = 3_000;

const random = randomNumbers(SEED);
const canisters = Array.from({ length: CANISTERS }, (_, index) => ({ kind: 'kv', name: `kv-${index}` }));
const networks = await Promise.all(
  [10_000, 10].map((synchronousCallMs) =>
    startLocalnet({ canisters, updateLatencyMs: UPDATE_LATENCY_MS, synchronousCallMs }),
  ),
);
const plugin = await buildGuest('calls-update');
const projects = await Promise.all(networks.map((network) => writeProject(network, plugin, UPDATES)));
const endings = {};
const states = {};
let interruptedInTheMiddle = 0;
try {
  for (let round = 0; round < ROUNDS; round++) {
    const which = round % networks.length;
    await interruptOnce(networks[which], projects[which], Math.floor(random() * LATEST_MS), round);
    if ((round + 1) % 20 === 0) console.error(`${round + 1} rounds`);
  }
} finally {
  await Promise.all([
    ...projects.map((project) => project.remove()),
    ...networks.map((network) => network.close()),
  ]);
}
must(ROUNDS < 20 || interruptedInTheMiddle > 0, 'no round was interrupted in the middle of its updates');
console.log(
  JSON.stringify(
    {
      question: `${ROUNDS} syncs of ${CANISTERS} canisters interrupted at a random moment`,
      machine: machine(),
      seed: SEED,
      endings,
      interruptedInTheMiddle,
      updatesByState: states,
    },
    null,
    2,
  ),
);

async function interruptOnce(network, project, delayMs, round) {
  const report = join(project.folder, 'report.json');
  await rm(report, { force: true });
  const before = executed(network);
  const { exitCode, signal } = await interrupted(project, report, delayMs);
  // What was under way when the command ended is carried out, or not, by then.
  await after(2 * UPDATE_LATENCY_MS);
  const known = executed(network).map((count, index) => count - before[index]);
  const where = `round ${round} (seed ${SEED}), interrupted after ${delayMs} ms`;
  count(endings, signal ?? exitCode);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) {
    must(signal === 'SIGINT', `${where}: no report, and it ended with ${exitCode}`);
    must(
      known.every((made) => made === 0),
      `${where}: updates without a report`,
    );
    return;
  }
  must(exitCode === 130 || exitCode === 0, `${where}: exit code ${exitCode}, signal ${signal}`);
  const told = JSON.parse(text);
  let updates = 0;
  for (const [index, { id, name }] of network.canisters.entries()) {
    const canister = told.canisters.find(({ canisterId }) => canisterId === id);
    const own = (canister?.steps ?? []).flatMap((step) => step.updates);
    const of = (state) => own.filter((update) => update.state === state).length;
    for (const { state, requestIdHex } of own) {
      count(states, state);
      must(state === 'not-sent' || /^[0-9a-f]{64}$/.test(requestIdHex), `${where}: an update without its id`);
    }
    const made = known[index];
    must(
      of('applied') <= made && made <= of('applied') + of('unknown'),
      `${where}: ${name} carried out ${made}, told were ${JSON.stringify(own)}`,
    );
    updates += of('applied');
  }
  if (updates > 0 && updates < CANISTERS * UPDATES) interruptedInTheMiddle += 1;
}

/** Runs the command and interrupts it. */
async function interrupted(project, report, delayMs) {
  const child = spawn(process.execPath, project.words(['--report', report]), {
    cwd: project.folder,
    env: project.environmentVariables,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await after(delayMs);
  child.kill('SIGINT');
  const [exitCode, signal] = await ended;
  return { exitCode, signal };
}

/** How many updates each canister has carried out. */
function executed(network) {
  const { canisters: all } = network.statistics();
  return network.canisters.map(({ id }) =>
    Object.values(all[id]?.updates ?? {}).reduce((total, each) => total + each, 0),
  );
}

function count(counts, key) {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** The same numbers for the same seed. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
