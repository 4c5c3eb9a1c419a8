import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openStore, type Store } from '#src/main/server/store/index.js';
import { addPlugin, input, queuedRuns, TOKEN, temporaryFolder } from './support/stores.js';

const PROGRAM = fileURLToPath(new URL('support/works-through-runs.mjs', import.meta.url));
const KILLS = 24;
const SEED = Number(process.env['STORE_KILLS_SEED'] ?? 7);

interface Fact {
  readonly fact:
    | 'opened'
    | 'starting'
    | 'started'
    | 'sent'
    | 'outcome'
    | 'ending'
    | 'ended'
    | 'written'
    | 'closed';
  readonly id?: string;
  readonly number?: number;
  readonly outcome?: string;
  readonly state?: string;
  readonly sequences?: number[];
}

/** What the processes have said so far, and what the stores held that were looked into between them. */
class Record {
  readonly started = new Set<string>();
  readonly starting = new Set<string>();
  readonly ended = new Map<string, string>();
  readonly outcomes = new Map<string, string>();
  readonly sequences = new Set<number>();
  repeats = 0;

  take(fact: Fact): void {
    const { id = '', number } = fact;
    switch (fact.fact) {
      case 'starting':
        this.starting.add(id);
        break;
      case 'started':
        if (this.started.has(id)) this.repeats += 1;
        this.started.add(id);
        break;
      case 'sent':
        this.outcomes.set(`${id} ${number}`, 'unknown');
        break;
      case 'outcome':
        this.outcomes.set(`${id} ${number}`, fact.outcome ?? '');
        break;
      case 'ended':
        if (this.ended.has(id)) this.repeats += 1;
        this.ended.set(id, fact.state ?? '');
        break;
      case 'written':
        for (const sequence of fact.sequences ?? []) {
          if (this.sequences.has(sequence)) this.repeats += 1;
          this.sequences.add(sequence);
        }
        break;
      default:
    }
  }
}

/** Runs the program, and kills it when it has said `lines` lines. Everything it said is taken. */
async function runAndKill(file: string, seed: number, lines: number, record: Record): Promise<number | null> {
  const child = spawn(process.execPath, [PROGRAM, file, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    record.take(JSON.parse(line) as Fact);
    count += 1;
    if (count === lines) child.kill('SIGKILL');
  }
  const [code] = await exited;
  return code as number | null;
}

async function addBatch(store: Store, order: string[]): Promise<void> {
  const inputs = Array.from({ length: 120 }, (_, index) => input({ canisterId: `canister-${index}` }));
  const { batch } = await store.batches.create({ tokenId: TOKEN, concurrency: 4, common: {} }, inputs);
  const { items } = store.history.runs({ batchId: batch.id, limit: 1000 });
  order.push(...items.map(({ id }) => id).reverse());
}

test('a process that is killed at any moment loses nothing and does nothing twice', async () => {
  const file = join(temporaryFolder(), 'service.db');
  const record = new Record();
  const order: string[] = [];
  const known = new Map<string, string>();
  let interrupted = 0;
  let random = SEED;
  for (let kill = 0; kill < KILLS; kill += 1) {
    {
      await using store = openStore({ file });
      if (kill === 0) addPlugin(store);
      check(store, record, order, known);
      interrupted += store.recovery.interruptedRunIds.length;
      if (store.recovery.queuedRuns < 150) await addBatch(store, order);
    }
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const code = await runAndKill(file, random, 1 + (random % 400), record);
    expect(code).toBeNull();
  }
  await using store = openStore({ file });
  check(store, record, order, known);
  interrupted += store.recovery.interruptedRunIds.length;
  expect(record.ended.size).toBeGreaterThan(KILLS);
  expect(interrupted).toBeGreaterThan(KILLS);
  expect([...known.values()].filter((state) => state === 'interrupted')).toHaveLength(interrupted);
}, 120_000);

function check(store: Store, record: Record, order: string[], known: Map<string, string>): void {
  expect(record.repeats).toBe(0);
  const queued = queuedRuns(store).map(({ id }) => id);
  const waiting = new Set(queued);
  // Those that wait are in their order, and none of them was ever started.
  expect(queued).toEqual(order.filter((id) => waiting.has(id)));
  expect(queued.filter((id) => record.started.has(id))).toEqual([]);
  for (const id of order) {
    const run = store.runs.get(id);
    if (run.state === 'queued') continue;
    expect(run.state).not.toBe('running');
    // What has ended stays as it ended, also over the next kills.
    const before = known.get(id) ?? record.ended.get(id);
    if (before !== undefined) expect({ id, state: run.state }).toEqual({ id, state: before });
    known.set(id, run.state);
    expect(record.starting.has(id)).toBe(true);
    for (const update of store.updates.ofRun(id)) {
      const said = record.outcomes.get(`${id} ${update.number}`) ?? 'unknown';
      // What was said is there. Just before the kill, one more may have been recorded than could be said.
      if (said !== 'unknown') expect(update.state).toBe(said);
      expect(update.state).not.toBe('in-flight');
      expect(update.requestIdHex).toBe('cd'.repeat(32));
    }
  }
  for (const key of record.outcomes.keys()) {
    const [id = '', number] = key.split(' ');
    expect(store.updates.ofRun(id).map((update) => update.number)).toContain(Number(number));
  }
  const sequences: number[] = [];
  for (let afterSequence = 0; ; ) {
    const page = store.events.read({ afterSequence, limit: 1000 });
    sequences.push(...page.map(({ sequence }) => sequence));
    afterSequence = sequences.at(-1) ?? 0;
    if (page.length < 1000) break;
  }
  expect(sequences).toEqual(Array.from(sequences, (_, index) => index + 1));
  expect([...record.sequences].filter((sequence) => sequence > sequences.length)).toEqual([]);
  for (const batch of store.history.batches({ limit: 1000 }).items) {
    const { items } = store.history.runs({ batchId: batch.id, limit: 1000 });
    const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, interrupted: 0 };
    for (const { state } of items) counts[state] += 1;
    expect(batch.counts).toEqual(counts);
  }
}
