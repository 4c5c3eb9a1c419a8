// A thousand runs that have to be killed, several at once and with ordinary runs between them: what that leaves behind in
// the process, by its resident memory, descriptors, threads and memory maps after a hundred kills and at the end.
// Needs a build, and Linux. `node bench/soak.mjs [kills]`. Prints JSON; throws when more is left than noise.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { SandboxPool } from '../dist/main/index.js';
import { buildGuest } from '../fixtures/guests.mjs';
import { machine } from './support/report.mjs';

const AT_ONCE = 4;
const KILLS = Number(process.argv[2] ?? 1000);
const SETTLED_AFTER = Math.min(100, KILLS / 2);
const host = {};

/**
 * What may be more at the end than after the first hundred, when every pool, cache and arena has been used:
 * the heap and malloc's arenas wander by some tens of MiB with the moment of a collection, and 900 leaked
 * threads' worth of even 64 KiB each would be 56 MiB; descriptors do not wander, but a thread that is
 * starting has a few for itself; one leaked thread, descriptor or map a kill would be 900.
 */
const MOST_MORE = { residentMib: 48, descriptors: 12, threads: 4, maps: 200 };

const startedAt = performance.now();
const pool = await SandboxPool.create({ minThreads: AT_ONCE, maxThreads: AT_ONCE });
const samples = [];
let kills = 0;
let ordinary = 0;
let canister = 0;
try {
  const plugin = async (guest) => pool.prepare({ bytes: await buildGuest(guest) });
  const spins = await Promise.all(['loops', 'memory-fill-loop', 'memory-grow-zero-loop'].map(plugin));
  const returns = await plugin('returns-ok');
  while (kills < KILLS) {
    const batch = Math.min(AT_ONCE, KILLS - kills);
    const spinning = Array.from({ length: batch }, (_, index) => spins[(kills + index) % spins.length]);
    await Promise.all(spinning.map((spin, index) => (index % 2 === 0 ? cancelled(spin) : overBudget(spin))));
    await Promise.all(Array.from({ length: AT_ONCE }, () => ok(returns)));
    const before = kills;
    kills += batch;
    if (Math.floor(kills / SETTLED_AFTER) > Math.floor(before / SETTLED_AFTER)) samples.push(await sample());
  }
} finally {
  await pool.close({ deadlineMs: 0 });
}
const [first] = samples;
const last = samples.at(-1);
const more = Object.fromEntries(Object.keys(MOST_MORE).map((name) => [name, last[name] - first[name]]));
console.log(
  JSON.stringify(
    {
      question: `${KILLS} kills, ${AT_ONCE} at once`,
      machine: machine(),
      seconds: Math.round((performance.now() - startedAt) / 1000),
      ordinary,
      samples,
      more,
    },
    null,
    2,
  ),
);
const grown = Object.keys(MOST_MORE).filter((name) => more[name] > MOST_MORE[name]);
if (grown.length > 0)
  throw new Error(`grew over its bound: ${grown.map((name) => `${name} by ${more[name]}`)}`);

async function cancelled(spin) {
  const controller = new AbortController();
  const onEvent = () => controller.abort();
  await endsWith('CANCELLED', spin, { signal: controller.signal, onEvent });
}

async function overBudget(spin) {
  await endsWith('COMPUTE_BUDGET_EXCEEDED', spin, { limits: { computeBudgetMs: 10 } });
}

async function endsWith(code, spin, options) {
  const { error } = await pool.run(spin, input(), { host, ...options });
  if (error?.code !== code) throw new Error(`instead of ${code}, a run ended with ${error?.message ?? 'ok'}`);
}

async function ok(plugin) {
  const { error } = await pool.run(plugin, input(), { host });
  if (error !== undefined) throw error;
  ordinary += 1;
}

function input() {
  canister += 1;
  return { canisterId: `canister-${canister}`, environment: 'local', identityPrincipal: '2vxsx-fae' };
}

/** Once the replacements have started: the number of threads stays the same for a while. */
async function sample() {
  let threads = 0;
  for (let same = 0; same < 5; same++) {
    const now = readdirSync('/proc/self/task').length;
    if (now !== threads) same = 0;
    threads = now;
    await after(50);
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  return {
    kills,
    residentMib: Math.round(Number(/^VmRSS:\s*(\d+)/m.exec(status)[1]) / 1024),
    descriptors: readdirSync('/proc/self/fd').length,
    threads,
    maps: readFileSync('/proc/self/maps', 'latin1').split('\n').length,
  };
}
