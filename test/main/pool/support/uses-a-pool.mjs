// A process that makes a pool, does runs that end in every way there is, closes the pool, and has nothing more to do.
// Prints what it had open before and after as JSON, and must then end by itself.
import { execFile } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SandboxPool } from '#src/main/index.js';
import { buildGuest } from '../../../../fixtures/guests.mjs';

const input = (canisterId) => ({ canisterId, environment: 'local', identityPrincipal: '2vxsx-fae' });
const unanswered = { canisterCall: () => new Promise(() => {}) };
const way = process.argv[2];
let count = 0;
const guests = ['returns-ok', 'loops', 'start-traps', 'traps-unreachable', 'sleeps-forever', 'calls-query'];
const bytes = Object.fromEntries(
  await Promise.all(guests.map(async (guest) => [guest, await buildGuest(guest)])),
);
// What the runtime opens once and keeps: threads for file operations, and a spare descriptor for streams.
await Promise.all(Array.from({ length: 8 }, () => readdir('.')));
await promisify(execFile)(process.execPath, ['--version']);
while (open().resources.some((resource) => /Process|Req/.test(resource))) await turn();

const before = open();
const pool = await SandboxPool.create({ minThreads: 2, maxThreads: 4 });
const prepared = await Promise.all(guests.map((guest) => pool.prepare({ bytes: bytes[guest] })));
const plugins = Object.fromEntries(guests.map((guest, index) => [guest, prepared[index]]));
const outcomes = way === 'after-runs' ? await runsOfEveryKind() : await closeAmongRuns();
await pool.close();
const after = await settled();
console.log(JSON.stringify({ before, after, outcomes }));

async function runsOfEveryKind() {
  const results = await Promise.all([
    outcome('returns-ok'),
    outcome('start-traps'),
    outcome('traps-unreachable'),
    outcome('loops', { limits: { computeBudgetMs: 20 } }),
    outcome('sleeps-forever', { limits: { wallTimeMs: 20 } }),
    cancelledOnceStarted('loops'),
    cancelledOnceStarted('sleeps-forever'),
    cancelledOnceStarted('calls-query'),
    outcome('calls-query', { host: {} }),
    outcome('returns-ok', { signal: AbortSignal.abort() }),
  ]);
  return [...results, await outcome('returns-ok')];
}

/** More runs than there are threads: some run, some are queued, all are ended by closing. */
async function closeAmongRuns() {
  const runs = [];
  await new Promise((resolve) => {
    for (let index = 0; index < 8; index++) {
      const guest = index % 2 === 0 ? 'loops' : 'calls-query';
      runs.push(outcome(guest, { onEvent: resolve }));
    }
  });
  await pool.close({ deadlineMs: 0 });
  return Promise.all(runs);
}

async function outcome(guest, options = {}) {
  count += 1;
  const result = await pool.run(plugins[guest], input(`canister-${count}`), { host: unanswered, ...options });
  return result.ok ? 'ok' : result.error.code;
}

function cancelledOnceStarted(guest) {
  const controller = new AbortController();
  return outcome(guest, { signal: controller.signal, onEvent: () => controller.abort() });
}

/** What is open, once nothing more is being closed: handles take a turn of the event loop to go. */
async function settled() {
  const deadline = performance.now() + 2000;
  while (performance.now() < deadline && JSON.stringify(open()) !== JSON.stringify(before)) {
    await turn();
  }
  return open();
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

function open() {
  return {
    descriptors: entriesOf('/proc/self/fd').flatMap(target),
    threads: entriesOf('/proc/self/task').length,
    // An immediate is how this file itself waits.
    resources: process
      .getActiveResourcesInfo()
      .filter((resource) => resource !== 'Immediate')
      .sort(),
  };
}

function entriesOf(folder) {
  return process.platform === 'linux' ? readdirSync(folder) : [];
}

/** The one for reading the folder of descriptors has no target any more. */
function target(descriptor) {
  try {
    return [`${descriptor} ${readlinkSync(`/proc/self/fd/${descriptor}`)}`];
  } catch {
    return [];
  }
}
