import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Page, Run, RunState, StoredEvent } from '#src/main/server/store/index.js';
import {
  addPlugin,
  codeOf,
  createRun,
  input,
  queuedRuns,
  TestClock,
  TOKEN,
  temporaryStore,
} from './support/stores.js';

const settings = { tokenId: TOKEN, concurrency: 2, common: {} };

describe('events', () => {
  test('are told of once they are written, in order and with their numbers', async () => {
    const store = temporaryStore();
    const id = createRun(store);
    const written: StoredEvent[] = [];
    const done = new Promise<void>((resolve) => {
      store.eventWriter.onWritten((events) => {
        written.push(...events);
        if (written.length === 300) resolve();
      });
    });
    for (let index = 0; index < 300; index += 1) {
      expect(store.eventWriter.append({ runId: id, type: 'log', data: { index } })).toBe('taken');
    }
    expect(store.events.read()).toEqual([]);
    await done;
    expect(written.map(({ sequence }) => sequence)).toEqual(Array.from(written, (_, index) => index + 1));
    expect(store.events.read({ runId: id, limit: 1000 })).toEqual(written);
    expect(store.events.read({ afterSequence: 298 })).toEqual(written.slice(298));
    expect(store.events.lastSequence()).toBe(300);
  });

  test('listeners are told the batch of a run, as readers are', async () => {
    const store = temporaryStore();
    addPlugin(store);
    const { batch } = await store.batches.create(settings, [input()]);
    const [run] = store.history.runs({ batchId: batch.id }).items;
    const written: StoredEvent[] = [];
    store.eventWriter.onWritten((events) => written.push(...events));
    store.eventWriter.append({ runId: run?.id ?? '', type: 'log', data: {} });
    store.eventWriter.flush();
    expect(written).toMatchObject([{ runId: run?.id, batchId: batch.id }]);
    expect(store.events.read({ batchId: batch.id }).slice(-1)).toEqual(written);
  });

  test('that came before the end of a run are written before it, and none when it cannot end', () => {
    const store = temporaryStore();
    const id = createRun(store);
    store.eventWriter.append({ runId: id, type: 'log', data: 'first' });
    expect(
      codeOf(() =>
        store.transaction(() => {
          store.runs.start(id, [{ runId: id, type: 'started', data: null }]);
          store.runs.start(id);
        }),
      ),
    ).toBe('RUN_STATE_CONFLICT');
    expect(store.events.read()).toEqual([]);
    expect(store.runs.get(id).state).toBe('queued');
    store.runs.start(id);
    store.eventWriter.append({ runId: id, type: 'log', data: 'second' });
    store.runs.end(id, { state: 'succeeded', events: [{ runId: id, type: 'ended', data: null }] });
    expect(store.events.read().map(({ sequence, data }) => [sequence, data])).toEqual([
      [1, 'first'],
      [2, 'second'],
      [3, null],
    ]);
  });

  test('are read by run, by batch, and all', async () => {
    const store = temporaryStore();
    const { batch } = await store.batches.create(settings, [input(), input()]);
    const [one = '', two = ''] = queuedRuns(store).map(({ id }) => id);
    const alone = createRun(store);
    for (const runId of [one, two, alone]) store.eventWriter.append({ runId, type: 'log', data: 1 });
    store.eventWriter.append({ batchId: batch.id, type: 'note', data: 2 });
    store.eventWriter.append({ type: 'service', data: 3 });
    store.eventWriter.flush();
    const sequences = (events: StoredEvent[]) => events.map(({ sequence }) => sequence);
    expect(sequences(store.events.read({ runId: two }))).toEqual([2]);
    expect(sequences(store.events.read({ batchId: batch.id }))).toEqual([1, 2, 4]);
    expect(sequences(store.events.read({ batchId: batch.id, afterSequence: 1, limit: 1 }))).toEqual([2]);
    expect(sequences(store.events.read())).toEqual([1, 2, 3, 4, 5]);
    expect(store.events.read({ runId: 'nothing' })).toEqual([]);
    expect(codeOf(() => store.events.read({ limit: 1001 }))).toBe('INVALID_OPTION');
  });

  test('are bounded: in length each, and together while they wait', () => {
    const store = temporaryStore();
    const append = (data: string) => store.eventWriter.append({ type: 'log', data });
    expect(codeOf(() => append('x'.repeat(64 * 1024)))).toBe('INVALID_OPTION');
    for (let count = 0; count < 512; count += 1) expect(append('x')).toBe('taken');
    expect(append('x')).toBe('full');
    expect(store.eventWriter.counts).toEqual({ waiting: 512, refused: 1 });
    store.eventWriter.flush();
    let taken = 0;
    while (append('x'.repeat(60_000)) === 'taken') taken += 1;
    expect(taken).toBe(17);
    store.eventWriter.flush();
    expect(append('x')).toBe('taken');
    expect(store.events.lastSequence()).toBe(529);
  });
});

function following(page: Page<unknown>): { before?: string } {
  return page.next === undefined ? {} : { before: page.next };
}

describe('history', () => {
  test('is filtered by everything a run has', async () => {
    const clock = new TestClock();
    const store = temporaryStore(clock);
    const model: Run[] = [];
    const { batch } = await store.batches.create(settings, Array(30).fill(input({ canisterId: 'c0' })));
    for (let index = 0; index < 60; index += 1) {
      clock.nowMs += 1000;
      createRun(store, { canisterId: `c${index % 3}` });
    }
    const states: RunState[] = ['succeeded', 'failed', 'cancelled'];
    for (const [index, run] of queuedRuns(store).entries()) {
      if (index % 4 === 0) continue;
      store.runs.start(run.id);
      if (index % 4 === 1) continue;
      const state = states[index % 3];
      if (state && state !== 'queued' && state !== 'running') store.runs.end(run.id, { state });
    }
    model.push(...store.history.runs({ limit: 1000 }).items);
    expect(model).toHaveLength(90);
    expect(model.map(({ id }) => id)).toEqual(
      model
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    const middle = clock.nowMs - 30_000;
    const cases: [Parameters<typeof store.history.runs>[0], (run: Run) => boolean][] = [
      [{ states: ['failed'] }, (run) => run.state === 'failed'],
      [{ states: ['queued', 'running'] }, (run) => run.state === 'queued' || run.state === 'running'],
      [{ states: [] }, () => false],
      [{ canisterId: 'c1' }, (run) => run.canisterId === 'c1'],
      [{ batchId: batch.id }, (run) => run.batchId === batch.id],
      [
        { batchId: batch.id, states: ['running'] },
        (run) => run.batchId === batch.id && run.state === 'running',
      ],
      [{ pluginSha256: 'none' }, () => false],
      [{ tokenId: TOKEN }, () => true],
      [{ createdFromMs: middle }, (run) => run.createdAtMs >= middle],
      [{ createdBeforeMs: middle }, (run) => run.createdAtMs < middle],
      [{ createdFromMs: middle, createdBeforeMs: middle }, () => false],
      [
        { createdFromMs: middle, canisterId: 'c2', states: ['queued'] },
        (run) => run.createdAtMs >= middle && run.canisterId === 'c2' && run.state === 'queued',
      ],
    ];
    for (const [query, holds] of cases) {
      expect(store.history.runs({ ...query, limit: 1000 }).items).toEqual(model.filter(holds));
    }
    expect(store.history.batches({ states: ['running'] }).items).toHaveLength(1);
    expect(store.history.batches({ states: ['failed'] }).items).toHaveLength(0);
    expect(codeOf(() => store.history.runs({ before: 'x' }))).toBe('INVALID_OPTION');
  });

  test('pages have each run once while others are added', () => {
    const store = temporaryStore();
    const before = Array.from({ length: 95 }, () => createRun(store));
    const seen: string[] = [];
    let page: Page<Run> = store.history.runs({ limit: 10 });
    for (;;) {
      seen.push(...page.items.map(({ id }) => id));
      createRun(store);
      createRun(store);
      if (page.next === undefined) break;
      page = store.history.runs({ limit: 10, ...following(page) });
    }
    expect(seen).toEqual(before.reverse());
  });
});

describe('totals', () => {
  test('are told by parts of as many minutes as are asked for', () => {
    const clock = new TestClock();
    const store = temporaryStore(clock);
    const fromMs = clock.nowMs;
    for (const minute of [0, 1, 4, 5, 11]) {
      clock.nowMs = fromMs + minute * 60_000 + 30_000;
      const id = createRun(store);
      store.runs.start(id);
      store.runs.end(id, { state: minute === 4 ? 'failed' : 'succeeded' });
    }
    const read = (spanMs: number) =>
      store.totals
        .read({ fromMs, toMs: fromMs + 3_600_000, spanMs })
        .map((span) => [(span.fromMs - fromMs) / 60_000, span.succeeded, span.failed]);
    expect(read(5 * 60_000)).toEqual([
      [0, 2, 1],
      [5, 1, 0],
      [10, 1, 0],
    ]);
    expect(read(60_000)).toHaveLength(5);
  });
});

describe('retention', () => {
  const end = (store: ReturnType<typeof temporaryStore>, id: string, events: number) => {
    store.runs.start(id);
    store.updates.recordUpdateSent(id, { number: 1, canisterId: 'c', method: 'm', requestIdHex: 'ab' });
    for (let count = 0; count < events; count += 1) {
      store.eventWriter.append({ runId: id, type: 'log', data: 'x'.repeat(200) });
    }
    store.runs.end(id, { state: 'succeeded' });
  };

  test('by age: what has ended, with all that belongs to it, and nothing of a batch under way', async () => {
    const clock = new TestClock();
    const store = temporaryStore(clock);
    const { batch } = await store.batches.create(settings, [input(), input()]);
    const { batch: short } = await store.batches.create(settings, [input()]);
    const [one = '', two = '', three = ''] = queuedRuns(store).map(({ id }) => id);
    const old = createRun(store);
    const waiting = createRun(store);
    const running = createRun(store);
    store.runs.start(running);
    for (const id of [one, three, old]) end(store, id, 50);
    store.eventWriter.append({ batchId: short.id, type: 'note', data: 1 });
    store.eventWriter.append({ type: 'service', data: 1 });
    store.eventWriter.flush();
    store.audit.record({ actor: 'a', action: 'b', subject: 'c', details: {} });
    clock.nowMs += 10_000;
    const young = createRun(store);
    end(store, young, 1);
    const last = store.events.lastSequence();
    const summary = await store.retention.sweep({ maximumAgeMs: 5000, auditMaximumAgeMs: 5000 });
    expect(summary).toMatchObject({ runs: 2, batches: 1, events: 102, auditEntries: 1 });
    expect(store.history.runs().items.map(({ id }) => id)).toEqual([young, running, waiting, two, one]);
    expect(store.batches.find(short.id)).toBeUndefined();
    expect(store.batches.get(batch.id).counts.succeeded).toBe(1);
    expect(store.events.lastSequence()).toBe(last);
    expect(store.updates.ofRun(old)).toEqual([]);
  });

  test('by size, under load: the oldest first, and numbers are not given again', async () => {
    const clock = new TestClock();
    const store = temporaryStore(clock);
    for (let count = 0; count < 60; count += 1) {
      clock.nowMs += 1;
      end(store, createRun(store), 200);
    }
    const ids = store.history.runs().items.map(({ id }) => id);
    const maximumBytes = Math.floor(store.retention.usedBytes() / 2);
    const sweeping = store.retention.sweep({ maximumBytes });
    let isSweeping = true;
    void sweeping.finally(() => {
      isSweeping = false;
    });
    const added: string[] = [];
    for (; isSweeping && added.length < 2000; await nextTurn()) {
      added.push(createRun(store));
      store.eventWriter.append({ type: 'service', data: 1 });
    }
    const summary = await sweeping;
    expect(summary.runs).toBeGreaterThan(10);
    expect(added.length).toBeGreaterThan(10);
    const kept = ids.filter((id) => store.runs.find(id));
    expect(kept).toEqual(ids.slice(0, kept.length));
    expect(added.filter((id) => store.runs.find(id))).toHaveLength(added.length);
    store.eventWriter.flush();
    expect(store.events.lastSequence()).toBe(60 * 200 + added.length);
    const everything = await store.retention.sweep({ maximumBytes: 0 });
    expect(everything.runs).toBe(kept.length);
    expect(store.history.runs({ limit: 1000, states: ['succeeded'] }).items).toEqual([]);
    expect(queuedRuns(store).length).toBe(Math.min(1000, added.length));
  });
});
