// Eight plugins that never end, on fewer cores: what each is charged against the CPU time its thread really had, how
// long after passing its budget its thread is gone, and whether the process can exit in the middle of it.
// Needs a build, and Linux. `node bench/kills.mjs [rounds]`. Prints JSON; throws when a bound does not hold.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SandboxPool } from '../dist/main/index.js';
import { buildGuest } from '../fixtures/guests.mjs';
import { machine } from './support/report.mjs';

const GUESTS = ['loops', 'memory-fill-loop', 'memory-grow-zero-loop'];
const RUNS = 8;
const BUDGET_MS = 2000;
const BLOCK_MS = 200;
const MOST_CHARGE_ERROR_PERCENT = 2;
const MOST_LATE_MS = 120;
const MOST_EXIT_MS = 500;
const THREADS_GONE_WITHIN_MS = 10_000;
const self = fileURLToPath(import.meta.url);
const host = {};

if (process.argv[2] === 'exit') await exitAmongSpinners(process.argv[3]);
const rounds = Number(process.argv[2] ?? 5);
const loadBefore = loadavg()[0];
const results = [];
for (const guest of GUESTS) {
  for (const main of ['idle', 'blocked']) {
    results.push(await measure(guest, main));
    console.error(JSON.stringify(results.at(-1)));
  }
}
const exits = [];
for (const guest of GUESTS) exits.push({ guest, exitMs: await timedExits(guest) });
console.log(
  JSON.stringify(
    {
      question: `${RUNS} plugins at once that never end, ${BUDGET_MS} ms of compute each`,
      machine: { ...machine(), loadBefore },
      rounds,
      results,
      exits,
    },
    null,
    2,
  ),
);
const broken = [...results.flatMap(brokenBounds), ...exits.flatMap(brokenExits)];
if (broken.length > 0) throw new Error(`does not hold:\n${broken.join('\n')}`);

/** Rounds of eight runs of `guest`, with a main thread that is idle, or one that is blocked for 200 ms at a time. */
async function measure(guest, main) {
  const watcher = new Worker(new URL('./thread-watcher.mjs', import.meta.url));
  await answer(watcher, 'ready');
  const pool = await SandboxPool.create({ minThreads: RUNS, maxThreads: RUNS });
  const charges = [];
  const latenesses = [];
  const pastBudget = [];
  let longestGapMs = 0;
  try {
    const plugin = await pool.prepare({ bytes: await buildGuest(guest) });
    for (let round = 0; round < rounds; round++) {
      const { runs, seen, longestGap } = await oneRound({ pool, plugin, watcher, main });
      longestGapMs = Math.max(longestGapMs, milliseconds(longestGap));
      runs.forEach(({ error, statistics }, index) => {
        if (error?.code !== 'COMPUTE_BUDGET_EXCEEDED') throw new Error(`a run ended with ${error?.code}`);
        const { cpu, belowAt, goneAt } = seen[index];
        charges.push((100 * (statistics.computeMs - milliseconds(cpu))) / milliseconds(cpu));
        latenesses.push(milliseconds(goneAt - belowAt));
        pastBudget.push(milliseconds(cpu) - BUDGET_MS);
      });
    }
  } finally {
    await pool.close({ deadlineMs: 0 });
    watcher.postMessage({ type: 'stop' });
    await once(watcher, 'exit');
  }
  return {
    guest,
    main,
    chargeErrorPercent: summary(charges.map(Math.abs)),
    chargeBiasPercent: rounded(charges.reduce((sum, charge) => sum + charge, 0) / charges.length),
    latenessMs: summary(latenesses),
    // What of that the thread computed: the same figure on a machine that has other things to do.
    cpuPastBudgetMs: summary(pastBudget),
    watcherLongestGapMs: rounded(longestGapMs),
  };
}

async function oneRound({ pool, plugin, watcher, main }) {
  const calm = answer(watcher, 'calm');
  watcher.postMessage({ type: 'round', runs: RUNS, budgetMs: BUDGET_MS });
  await calm;
  const gone = answer(watcher, 'gone');
  const runs = [];
  // One after another, so that each run's thread is known: the next that begins to spin.
  for (let index = 0; index < RUNS; index++) {
    const identified = answer(watcher, 'identified');
    watcher.postMessage({ type: 'identify' });
    const input = { canisterId: `canister-${index}`, environment: 'local', identityPrincipal: '2vxsx-fae' };
    runs.push(pool.run(plugin, input, { host, limits: { computeBudgetMs: BUDGET_MS } }));
    await identified;
  }
  let over = false;
  const all = Promise.all(runs).finally(() => {
    over = true;
  });
  while (main === 'blocked' && !over) {
    const until = performance.now() + BLOCK_MS;
    while (performance.now() < until);
    await after(5);
  }
  const ended = await all;
  let deadline;
  const lost = new Promise((_resolve, reject) => {
    const error = new Error('a thread whose run has ended is still there');
    deadline = setTimeout(reject, THREADS_GONE_WITHIN_MS, error);
  });
  try {
    return { runs: ended, ...(await Promise.race([gone, lost])) };
  } finally {
    clearTimeout(deadline);
  }
}

/** The watcher's next message of that type. */
function answer(watcher, type) {
  return new Promise((resolve, reject) => {
    const onMessage = (message) => {
      if (message.type !== type) return;
      watcher.off('message', onMessage);
      watcher.off('error', reject);
      resolve(message);
    };
    watcher.on('message', onMessage);
    watcher.once('error', reject);
  });
}

/** How long processes take to end that call `process.exit()` while eight runs of `guest` spin. */
async function timedExits(guest) {
  const times = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    const child = spawn(process.execPath, [self, 'exit', guest], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const startedAt = performance.now();
    const stuck = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [exitCode] = await once(child, 'exit');
    clearTimeout(stuck);
    times.push(exitCode === 0 ? rounded(performance.now() - startedAt) : null);
  }
  return times;
}

async function exitAmongSpinners(guest) {
  const pool = await SandboxPool.create({ minThreads: RUNS, maxThreads: RUNS });
  const plugin = await pool.prepare({ bytes: await buildGuest(guest) });
  let started = 0;
  await new Promise((resolve) => {
    const onEvent = () => {
      started += 1;
      if (started === RUNS) resolve();
    };
    for (let index = 0; index < RUNS; index++) {
      const input = { canisterId: `canister-${index}`, environment: 'local', identityPrincipal: '2vxsx-fae' };
      pool.run(plugin, input, { host, onEvent });
    }
  });
  await after(1000);
  process.stdout.write('exiting\n', () => process.exit(0));
}

function brokenBounds({ guest, main, chargeErrorPercent, latenessMs }) {
  const bound = MOST_LATE_MS + (main === 'blocked' ? BLOCK_MS : 0);
  return [
    ...(chargeErrorPercent.max > MOST_CHARGE_ERROR_PERCENT
      ? [`${guest}, main ${main}: charged ${chargeErrorPercent.max}% off`]
      : []),
    ...(latenessMs.p99 > bound ? [`${guest}, main ${main}: ${latenessMs.p99} ms late, over ${bound}`] : []),
  ];
}

function brokenExits({ guest, exitMs }) {
  const slow = exitMs.some((time) => time === null || time > MOST_EXIT_MS);
  return slow ? [`${guest}: exits took ${exitMs.join(', ')} ms`] : [];
}

function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}

function milliseconds(nanoseconds) {
  return Number(nanoseconds) / 1e6;
}

function rounded(value) {
  return Math.round(value * 100) / 100;
}
