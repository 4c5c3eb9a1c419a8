// Eight plugins that take and write every page they can get, in a process that may use much less than they want: how
// far over its limit it gets, and whether ordinary runs beside them finish.
// Needs a build, Linux, and as much free memory as the hogs want together, in case the limit does not hold.
// `node bench/memory-hogs.mjs [hogs] [MiB of each] [MiB of the process]`. Prints JSON; throws when a bound does not hold.
import { readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { SandboxPool } from '../dist/main/index.js';
import { buildGuest, buildGuestFrom } from '../fixtures/guests.mjs';
import { machine, median } from './support/report.mjs';

const MIB = 1024 * 1024;
const [HOGS = 8, HOG_MIB = 1024, PROCESS_MIB = 2048] = process.argv.slice(2).map(Number);
const ORDINARY_AT_ONCE = 4;

/** By the default limit, three quarters of what there is, a third over it is all there is. */
const MOST_PEAK_MIB = (PROCESS_MIB * 4) / 3;
const RETURNS_WITHIN_MS = 10_000;

/** Takes 16 MiB at a time and writes to all of it, then keeps it until its call is answered. */
const HOG = `
  (func $run (result i32)
    (local $left i32) (local $at i32)
    (local.set $left (i32.shr_u (call $parameter (i32.const 256)) (i32.const 4)))
    (block $enough
      (loop $again
        (local.set $at (memory.size))
        (br_if $enough (i32.eq (memory.grow (i32.const 256)) (i32.const -1)))
        (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 120) (i32.const 16777216))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
    (drop (call $query (text "hold") (text "")))
    (call $ok))`;

const freeMib = figure('/proc/meminfo', 'MemAvailable');
if (freeMib < HOGS * HOG_MIB + PROCESS_MIB) {
  throw new Error(`${freeMib} MiB are free; ${HOGS} hogs might take ${HOGS * HOG_MIB}`);
}
const startedAt = performance.now();
const pool = await SandboxPool.create({
  minThreads: HOGS + ORDINARY_AT_ONCE,
  maxThreads: HOGS + ORDINARY_AT_ONCE,
  processMemoryBytes: PROCESS_MIB * MIB,
});
const hog = await pool.prepare({ bytes: await buildGuestFrom(HOG) });
const ordinary = await pool.prepare({ bytes: await buildGuest('calls-query') });
let release;
const released = new Promise((resolve) => {
  release = resolve;
});
const reply = () => ({ tag: 'ok', val: new Uint8Array([1, 2, 3]) });
const answering = { canisterCall: async () => reply() };

/** Hogs that are full, or over. */
const settled = new Set();
const hogs = Array.from({ length: HOGS }, async (_, index) => {
  const canisterCall = async () => {
    settled.add(index);
    await released;
    return reply();
  };
  const host = { canisterCall };
  return pool.run(hog, input(`hog-${index}`, `hog-${HOG_MIB}`), { host });
});
hogs.forEach((run, index) => {
  run.then(() => settled.add(index));
});
const ordinaryMs = [];
const beside = Array.from({ length: ORDINARY_AT_ONCE }, async (_, lane) => {
  while (settled.size < HOGS || ordinaryMs.length < 100) {
    const runStartedAt = performance.now();
    const { error } = await pool.run(ordinary, input(`ordinary-${lane}`, 'local'), { host: answering });
    if (error !== undefined) throw error;
    ordinaryMs.push(performance.now() - runStartedAt);
  }
});
await Promise.all(beside);
const fullAt = performance.now();
while (figure('/proc/self/status', 'VmRSS') > PROCESS_MIB) {
  if (performance.now() - fullAt > RETURNS_WITHIN_MS) throw new Error('the process stays over its limit');
  await after(10);
}
const overForMs = Math.round(performance.now() - fullAt);
release();
const ends = (await Promise.all(hogs)).map(({ error }) => error?.code ?? 'ok');
await pool.close();
const peakMib = figure('/proc/self/status', 'VmHWM');
const sorted = ordinaryMs.toSorted((a, b) => a - b);
console.log(
  JSON.stringify(
    {
      question: `${HOGS} plugins that want ${HOG_MIB} MiB each, in a process that may have ${PROCESS_MIB} MiB`,
      machine: { ...machine(), freeMib },
      seconds: Math.round(performance.now() - startedAt) / 1000,
      ends,
      peakMib,
      overForMs,
      afterCloseMib: figure('/proc/self/status', 'VmRSS'),
      ordinary: {
        finished: sorted.length,
        medianMs: median(sorted),
        maxMs: sorted.at(-1),
      },
    },
    null,
    2,
  ),
);
const odd = ends.filter((end) => end !== 'ok' && end !== 'MEMORY_LIMIT_EXCEEDED');
if (odd.length > 0) throw new Error(`hogs ended with ${odd}`);
const mostHeld = Math.floor(PROCESS_MIB / HOG_MIB);
const held = ends.filter((end) => end === 'ok').length;
if (held > mostHeld) throw new Error(`${held} hogs got what they wanted; there was room for ${mostHeld}`);
if (peakMib > MOST_PEAK_MIB) throw new Error(`the process had ${peakMib} MiB`);

function input(canisterId, environment) {
  return { canisterId, environment, identityPrincipal: '2vxsx-fae' };
}

/** A figure of such a file of the kernel's, in MiB. */
function figure(file, name) {
  return Math.round(
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8'))[1]) / 1024,
  );
}
