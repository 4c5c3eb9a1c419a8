// A thread of its own that follows the CPU time of every thread of its process, about once a millisecond, for
// kills.mjs: what it sees does not depend on how busy the main thread is, nor on anything that sandpool measures.
// Linux alone. Times are nanoseconds of the process's monotonic clock.
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';

const CALM_NS = 150_000_000n;
const SPINNING_NS = 30_000_000n;
const pause = new Int32Array(new SharedArrayBuffer(4));
const ownId = readlinkSync('/proc/thread-self').split('/').at(-1);
const text = Buffer.alloc(64);
const threads = new Map();
let round;
// Those of the engine, which were there before this one, spin for nobody's run.
const engineThreads = new Set(readdirSync('/proc/self/task'));
let lastScanAt = 0n;
let lastSampleAt = process.hrtime.bigint();
parentPort.postMessage({ type: 'ready' });

for (;;) {
  Atomics.wait(pause, 0, 0, 1);
  const now = process.hrtime.bigint();
  const message = receiveMessageOnPort(parentPort)?.message;
  if (message?.type === 'round') round = newRound(message, now);
  if (message?.type === 'identify') {
    round.identify = true;
    for (const thread of threads.values()) thread.before = thread.cpu;
  }
  if (message?.type === 'stop') break;
  if (now - lastScanAt > 5_000_000n) scan(now);
  for (const thread of threads.values()) sample(thread, now);
  if (round !== undefined) {
    if (round.watching && now - lastSampleAt > round.longestGap) round.longestGap = now - lastSampleAt;
    step(now);
  }
  lastSampleAt = now;
}
for (const { fd } of threads.values()) closeSync(fd);

/** A round begins when no thread but the main one and this has computed anything for a while. */
function newRound({ runs, budgetMs }, now) {
  for (const thread of threads.values()) thread.changedAt = now;
  const budget = BigInt(budgetMs) * 1_000_000n;
  return { runs, budget, watching: false, identify: false, followed: [], longestGap: 0n };
}

function step(now) {
  if (!round.watching) {
    if ([...threads.values()].some(({ changedAt }) => now - changedAt < CALM_NS)) return;
    for (const thread of threads.values()) Object.assign(thread, { baseline: thread.cpu, followed: false });
    round.watching = true;
    parentPort.postMessage({ type: 'calm', threads: threads.size });
    return;
  }
  if (round.identify) {
    const spinning = [...threads.values()].find(
      ({ own, followed, baseline, before, cpu }) =>
        own && !followed && baseline !== undefined && cpu - before > SPINNING_NS,
    );
    if (spinning !== undefined) {
      round.identify = false;
      spinning.followed = true;
      round.followed.push(spinning);
      parentPort.postMessage({ type: 'identified', index: round.followed.length - 1 });
    }
  }
  if (round.followed.length < round.runs || round.followed.some(({ goneAt }) => goneAt === undefined)) return;
  const seen = round.followed.map(({ cpu, baseline, belowAt, goneAt }) => ({
    cpu: cpu - baseline,
    belowAt,
    goneAt,
  }));
  parentPort.postMessage({ type: 'gone', seen, longestGap: round.longestGap });
  round = undefined;
}

function scan(now) {
  lastScanAt = now;
  for (const id of readdirSync('/proc/self/task')) {
    if (threads.has(id) || id === ownId || Number(id) === process.pid) continue;
    try {
      threads.set(id, {
        id,
        fd: openSync(`/proc/self/task/${id}/schedstat`, 'r'),
        cpu: 0n,
        changedAt: now,
        own: !engineThreads.has(id),
      });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

function sample(thread, now) {
  try {
    const length = readSync(thread.fd, text, 0, text.length, 0);
    const cpu = BigInt(text.toString('latin1', 0, length).split(' ', 1)[0]);
    if (cpu !== thread.cpu) Object.assign(thread, { cpu, changedAt: now });
    // The last moment at which it had not passed its budget: lateness is told too large rather than too small.
    if (thread.followed && cpu - thread.baseline <= round.budget) thread.belowAt = now;
  } catch (error) {
    if (!isGone(error)) throw error;
    thread.goneAt = now;
    closeSync(thread.fd);
    threads.delete(thread.id);
  }
}

function isGone({ code }) {
  return code === 'ESRCH' || code === 'ENOENT';
}
