// Works through the runs of a store, a few at a time and in a seeded order, and says on stdout what it has done once
// the store says so. It goes on until it is killed, or nothing waits.
// Arguments: the store's file, a seed.

import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openStore } from '#src/main/server/store/index.js';

const [file = '', seed = '1'] = process.argv.slice(2);
const ENDINGS = ['succeeded', 'failed', 'cancelled'];
const OUTCOMES = ['applied', 'rejected'];

let state = Number(seed);
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

// At once: what is in a pipe outlives the process.
function say(fact) {
  let rest = Buffer.from(`${JSON.stringify(fact)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // The pipe is full: whoever reads it is about to.
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

const store = openStore({
  file,
  onFailure: (error) => {
    throw error;
  },
});
store.eventWriter.onWritten((events) => {
  say({ fact: 'written', sequences: events.map(({ sequence }) => sequence) });
});
say({ fact: 'opened', recovery: store.recovery });

async function work(run) {
  say({ fact: 'starting', id: run.id });
  store.runs.start(run.id);
  say({ fact: 'started', id: run.id });
  const updates = random(6);
  for (let number = 1; number <= updates; number += 1) {
    for (let event = random(8); event > 0; event -= 1) {
      store.eventWriter.append({
        runId: run.id,
        type: 'log',
        data: { number, text: 'x'.repeat(random(500)) },
      });
    }
    const update = { number, canisterId: 'aaaaa-aa', method: 'commit', requestIdHex: 'cd'.repeat(32) };
    store.updates.recordUpdateSent(run.id, update);
    say({ fact: 'sent', id: run.id, number });
    await nextTurn();
    if (random(8) === 0) continue;
    const outcome = OUTCOMES[random(OUTCOMES.length)];
    store.updates.recordUpdateOutcome(run.id, { ...update, state: outcome });
    say({ fact: 'outcome', id: run.id, number, outcome });
  }
  const ending = ENDINGS[random(ENDINGS.length)];
  say({ fact: 'ending', id: run.id });
  store.runs.end(run.id, { state: ending, events: [{ runId: run.id, type: 'run-ended', data: ending }] });
  say({ fact: 'ended', id: run.id, state: ending });
}

const underWay = new Set();
for (;;) {
  const [place] = underWay.size < 4 ? store.runs.waiting() : [];
  const [next] = place ? store.runs.queuedIn(place, 1) : [];
  if (next) {
    const working = work(next).finally(() => underWay.delete(working));
    underWay.add(working);
  } else if (underWay.size === 0) break;
  await nextTurn();
}
await store.close();
say({ fact: 'closed' });
