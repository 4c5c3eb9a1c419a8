import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { Dispatcher } from '#src/main/server/service/dispatcher.js';
import type { EndReason, RunExecutor, RunOutcome } from '#src/main/server/service/run-executor.js';
import type { Batch, EndState, Run, Store, StoredEvent } from '#src/main/server/store/index.js';
import { codeOf, codeOfAsync, input, TOKEN, temporaryStore } from '../store/support/stores.js';

/** Stands for whatever does runs: each goes on until it is told how it ends, or is ended. */
class FakeExecutor {
  readonly #store: Store;
  readonly #underWay = new Map<string, (state: EndState) => void>();
  readonly started: string[] = [];
  most = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  get running(): string[] {
    return [...this.#underWay.keys()];
  }

  execute(run: Run, signal: AbortSignal): Promise<RunOutcome> {
    this.started.push(run.id);
    return new Promise((resolve) => {
      const end = (state: EndState): void => {
        this.#underWay.delete(run.id);
        const event = { runId: run.id, type: 'run-finished', data: { state } };
        const write = (): void => this.#store.runs.end(run.id, { state, events: [event] });
        resolve({ state, report: { updates: [] }, write });
      };
      this.#underWay.set(run.id, end);
      this.most = Math.max(this.most, this.#underWay.size);
      signal.addEventListener('abort', () => {
        const reason: EndReason = signal.reason;
        end(reason === 'closing' ? 'interrupted' : 'cancelled');
      });
    });
  }

  /** Ends a run that is under way, or all of them. */
  end(id?: string, state: EndState = 'succeeded'): void {
    for (const [each, end] of [...this.#underWay]) if (id === undefined || id === each) end(state);
  }
}

interface Scene {
  readonly store: Store;
  readonly executor: FakeExecutor;
  readonly dispatcher: Dispatcher;
  readonly failures: string[];
  /** Has what waits for the store tried again. */
  readonly retry: () => void;
  /** A batch of so many runs, each for a canister of its own. */
  readonly batch: (runs: number, concurrency?: number) => Promise<Batch>;
  readonly events: (batch: Batch) => StoredEvent[];
}

function scene(concurrency = 4, store = temporaryStore()): Scene {
  const executor = new FakeExecutor(store);
  const failures: string[] = [];
  let waiting: (() => void)[] = [];
  const dispatcher = new Dispatcher({
    store,
    executor: executor as unknown as RunExecutor,
    concurrency,
    onFailure: ({ code }) => failures.push(code),
    untilRetry: () => new Promise<void>((resolve) => waiting.push(resolve)),
  });
  onTestFinished(async () => {
    executor.end();
    await dispatcher.close(0);
  });
  return {
    store,
    executor,
    dispatcher,
    failures,
    retry: () => {
      const due = waiting;
      waiting = [];
      for (const resolve of due) resolve();
    },
    batch: async (runs, ownConcurrency = concurrency) => {
      const inputs = Array.from({ length: runs }, (_, index) => input({ canisterId: `canister-${index}` }));
      const { batch } = await store.batches.create(
        { tokenId: TOKEN, concurrency: ownConcurrency, common: {} },
        inputs,
      );
      dispatcher.added({ tokenId: TOKEN, batchId: batch.id }, runs);
      return batch;
    },
    events: ({ id: batchId }) => {
      store.eventWriter.flush();
      return store.events.read({ batchId, limit: 1000 });
    },
  };
}

/** Whatever was set going without waiting for anything outside has been done. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
}

/** Ends runs until none is under way any more. */
async function endAll({ executor }: Scene): Promise<void> {
  await quiet();
  while (executor.running.length > 0) {
    executor.end();
    await quiet();
  }
}

/** Throws unless it was told once, as the last thing. */
function mustBeToldOnce(scene: Scene, batch: Batch, state: EndState): void {
  const events = scene.events(batch);
  const finished = events.filter(({ type }) => type === 'batch-finished');
  expect(finished.map(({ data }) => data)).toEqual([{ state }]);
  expect(events.at(-1)?.type).toBe('batch-finished');
  expect(scene.store.batches.get(batch.id).state).toBe(state);
  expect(scene.store.batches.endedWithoutEvent('batch-finished')).toEqual([]);
}

describe('runs', () => {
  test('go as many at once as there are places, in order, each once', async () => {
    const stage = scene(3);
    const batch = await stage.batch(20);
    await endAll(stage);
    const runs = stage.store.history.runs({ batchId: batch.id }).items.toReversed();
    expect(stage.executor.started).toEqual(runs.map(({ id }) => id));
    expect(stage.executor.most).toBe(3);
    expect(runs.every(({ state }) => state === 'succeeded')).toBe(true);
    expect(stage.dispatcher.counts).toEqual({ waiting: 0, running: 0 });
    mustBeToldOnce(stage, batch, 'succeeded');
  });

  test('that an earlier process left are taken up, and its batch that ended is told of', async () => {
    const store = temporaryStore();
    const settings = { tokenId: TOKEN, concurrency: 2, common: {} };
    const { batch: left } = await store.batches.create(settings, [input(), input({ canisterId: 'other' })]);
    const { batch: ended } = await store.batches.create(settings, [input()]);
    const [last] = store.history.runs({ batchId: ended.id }).items;
    store.runs.end(last?.id ?? '', { state: 'cancelled' });
    const alone = store.runs.create({ tokenId: TOKEN, input: input({ canisterId: 'third' }) }).run;
    const stage = scene(4, store);
    stage.dispatcher.start();
    await quiet();
    expect(stage.executor.running).toHaveLength(3);
    expect(stage.executor.running).toContain(alone.id);
    mustBeToldOnce(stage, ended, 'cancelled');
    await endAll(stage);
    mustBeToldOnce(stage, left, 'succeeded');
    stage.dispatcher.start();
    mustBeToldOnce(stage, ended, 'cancelled');
  });
});

describe('cancelling', () => {
  test('a run that waits is cancelled at once, and never started', async () => {
    const stage = scene(1);
    const batch = await stage.batch(3);
    await quiet();
    const [last] = stage.store.history.runs({ batchId: batch.id, states: ['queued'] }).items;
    stage.dispatcher.cancelRun(last?.id ?? '');
    expect(stage.store.runs.get(last?.id ?? '').state).toBe('cancelled');
    expect(stage.dispatcher.counts).toEqual({ waiting: 1, running: 1 });
    expect(codeOf(() => stage.dispatcher.cancelRun(last?.id ?? ''))).toBe('RUN_STATE_CONFLICT');
    await endAll(stage);
    expect(stage.executor.started).not.toContain(last?.id);
    expect(stage.executor.started).toHaveLength(2);
    mustBeToldOnce(stage, batch, stage.store.batches.get(batch.id).state as EndState);
  });

  test('a run under way is ended, and the next takes its place', async () => {
    const stage = scene(1);
    const batch = await stage.batch(2);
    await quiet();
    const [running] = stage.executor.running;
    stage.dispatcher.cancelRun(running ?? '');
    await quiet();
    expect(stage.store.runs.get(running ?? '').state).toBe('cancelled');
    expect(stage.executor.running).toHaveLength(1);
    expect(stage.executor.running).not.toContain(running);
    await endAll(stage);
    expect(stage.events(batch).filter(({ type }) => type === 'batch-finished')).toHaveLength(1);
  });

  test('a batch before any of it has begun, in its middle, and of which only what runs is left', async () => {
    const stage = scene(2);
    const waiting = await stage.batch(130);
    await stage.dispatcher.cancelBatch(waiting);
    await endAll(stage);
    mustBeToldOnce(stage, waiting, 'cancelled');
    const middle = await stage.batch(130);
    await quiet();
    stage.executor.end(stage.executor.running[0]);
    await quiet();
    await stage.dispatcher.cancelBatch(middle);
    await endAll(stage);
    const { counts } = stage.store.batches.get(middle.id);
    expect(counts).toMatchObject({ succeeded: 1, cancelled: 129 });
    mustBeToldOnce(stage, middle, 'cancelled');
    const rest = await stage.batch(2);
    await quiet();
    await stage.dispatcher.cancelBatch(rest);
    await quiet();
    mustBeToldOnce(stage, rest, 'cancelled');
    expect(await codeOfAsync(stage.dispatcher.cancelBatch(stage.store.batches.get(rest.id)))).toBe(
      'RUN_STATE_CONFLICT',
    );
    expect(stage.dispatcher.counts).toEqual({ waiting: 0, running: 0 });
  });

  test('the last run that waits, when all others have ended', async () => {
    const stage = scene(4);
    const batch = await stage.batch(2, 1);
    await quiet();
    const [waiting] = stage.store.history.runs({ batchId: batch.id, states: ['queued'] }).items;
    stage.executor.end();
    stage.dispatcher.cancelRun(waiting?.id ?? '');
    await endAll(stage);
    expect(stage.events(batch).filter(({ type }) => type === 'batch-finished')).toHaveLength(1);
    expect(stage.executor.started).toHaveLength(1);
  });
});

describe('a store that cannot be written for a while', () => {
  const full = (): never => {
    throw new SandpoolError('STORE_FULL', { file: 'service.db', reason: 'made to' });
  };

  test('starts are tried again until it can, and nothing is started twice', async () => {
    const stage = scene(2);
    const start = vi.spyOn(stage.store.runs, 'start').mockImplementation(full);
    const batch = await stage.batch(4);
    await quiet();
    expect(stage.failures).toEqual(['STORE_FULL']);
    stage.retry();
    await quiet();
    expect(stage.failures).toEqual(['STORE_FULL', 'STORE_FULL']);
    expect(stage.executor.started).toEqual([]);
    start.mockRestore();
    stage.retry();
    await endAll(stage);
    expect(new Set(stage.executor.started).size).toBe(4);
    mustBeToldOnce(stage, batch, 'succeeded');
  });

  test('what came of a run is written when it can be', async () => {
    const stage = scene(2);
    const batch = await stage.batch(1);
    await quiet();
    const end = vi.spyOn(stage.store.runs, 'end').mockImplementation(full);
    stage.executor.end();
    await quiet();
    stage.retry();
    await quiet();
    expect(stage.failures).toEqual(['STORE_FULL', 'STORE_FULL']);
    expect(stage.store.batches.get(batch.id).state).toBe('running');
    end.mockRestore();
    stage.retry();
    await quiet();
    mustBeToldOnce(stage, batch, 'succeeded');
  });

  test.each(['run', 'batch'] as const)(
    'a run that is cancelled meanwhile (by its %s) is not started',
    async (by) => {
      const stage = scene(2);
      const start = vi.spyOn(stage.store.runs, 'start').mockImplementation(full);
      const first = await stage.batch(1);
      const second = await stage.batch(3);
      await quiet();
      const [run] = stage.store.history.runs({ batchId: first.id }).items;
      if (by === 'run') stage.dispatcher.cancelRun(run?.id ?? '');
      else await stage.dispatcher.cancelBatch(first);
      start.mockRestore();
      stage.retry();
      await endAll(stage);
      mustBeToldOnce(stage, first, 'cancelled');
      mustBeToldOnce(stage, second, 'succeeded');
      expect(stage.executor.started).not.toContain(run?.id);
      expect(stage.dispatcher.counts).toEqual({ waiting: 0, running: 0 });
    },
  );
});

describe('closing', () => {
  test('what is under way may finish, and nothing else is started', async () => {
    const stage = scene(2);
    const batch = await stage.batch(5);
    await quiet();
    const closed = stage.dispatcher.close(60_000);
    await quiet();
    expect(stage.executor.running).toHaveLength(2);
    stage.executor.end();
    await closed;
    const { counts } = stage.store.batches.get(batch.id);
    expect(counts).toMatchObject({ succeeded: 2, queued: 3, running: 0 });
    expect(stage.events(batch).filter(({ type }) => type === 'batch-finished')).toEqual([]);
  });

  test('what is under way at the deadline is interrupted', async () => {
    const stage = scene(2);
    const batch = await stage.batch(3);
    await quiet();
    await stage.dispatcher.close(0);
    expect(stage.store.batches.get(batch.id).counts).toMatchObject({ interrupted: 2, queued: 1 });
  });

  test('a run that could not be started stays in the queue', async () => {
    const stage = scene(2);
    vi.spyOn(stage.store.runs, 'start').mockImplementation(() => {
      throw new SandpoolError('STORE_FULL', { file: 'service.db', reason: 'made to' });
    });
    const batch = await stage.batch(1);
    await quiet();
    const closed = stage.dispatcher.close(0);
    stage.retry();
    await closed;
    expect(stage.store.batches.get(batch.id).counts.queued).toBe(1);
  });
});
