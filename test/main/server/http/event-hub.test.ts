import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { EventHub } from '#src/main/server/http/event-hub.js';
import type { EventScope } from '#src/main/server/http/event-stream.js';
import { TokenIndex } from '#src/main/server/http/token-index.js';
import type { Store } from '#src/main/server/store/index.js';
import { codeOf, createRun, input, TOKEN, temporaryStore } from '../store/support/stores.js';

const GATHERED_MS = 1000;
const HIGH_WATER_BYTES = 16 * 1024;
/** What waits for a reader that takes nothing: some 64 KiB, and what was on its way when it got there. */
const MOST_WAITING_BYTES = 512 * 1024;

/** The response to a reader: takes everything, or nothing for a while. */
class Reader extends EventEmitter {
  text = '';
  isStalled = false;
  destroyed = false;
  isEnded = false;
  writableLength = 0;
  writableNeedDrain = false;
  mostWaiting = 0;
  heartbeats = 0;

  write(frames: string | Buffer): boolean {
    if (this.destroyed || this.isEnded) throw new Error('written to when it was over');
    const text = frames.toString();
    if (text === ':\n\n') this.heartbeats += 1;
    this.text += text;
    if (!this.isStalled) return true;
    this.writableLength += text.length;
    this.mostWaiting = Math.max(this.mostWaiting, this.writableLength);
    this.writableNeedDrain ||= this.writableLength >= HIGH_WATER_BYTES;
    return !this.writableNeedDrain;
  }

  /** Takes what waits, and goes on taking. */
  resume(): void {
    this.isStalled = false;
    this.writableLength = 0;
    if (!this.writableNeedDrain) return;
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  end(): void {
    this.isEnded = true;
    this.emit('close');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  /** The numbers of the events that it got. */
  get sequences(): number[] {
    return Array.from(this.text.matchAll(/^id: (\d+)$/gm), ([, number]) => Number(number));
  }
}

interface Scene {
  readonly store: Store;
  readonly hub: EventHub;
  readonly open: (scope?: EventScope, position?: number, reader?: Reader) => Reader;
  /** Has events written, and all told that are to be told. */
  readonly write: (runId: string, count: number, bytes?: number) => Promise<void>;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function scene(mostStreams = 100): Scene {
  const store = temporaryStore();
  const tokens = new TokenIndex(store);
  const hub = new EventHub(store, mostStreams, (event) => tokens.of(event));
  onTestFinished(() => hub.close());
  return {
    store,
    hub,
    open: (scope = {}, position = 0, reader = new Reader()) => {
      hub.open(reader as unknown as ServerResponse, scope, position, () => true);
      return reader;
    },
    write: async (runId, count, bytes = 10) => {
      for (let index = 0; index < count; index += 1) {
        store.eventWriter.append({ runId, type: 'output', data: { line: 'x'.repeat(bytes) } });
        if (index % 100 === 99) store.eventWriter.flush();
      }
      store.eventWriter.flush();
      await settled();
    },
  };
}

/** Everything that was written was told, and everything that readers wanted from the store was read. */
async function settled(): Promise<void> {
  vi.advanceTimersByTime(GATHERED_MS);
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

describe('a reader', () => {
  test('gets what was and what happens, each event once and in order', async () => {
    const { store, open, write } = scene();
    const run = createRun(store);
    await write(run, 450);
    const early = open();
    // Written while the reader is still behind.
    await write(run, 50);
    const late = open({}, 480);
    await write(run, 200);
    expect(early.sequences).toEqual(upTo(700));
    expect(late.sequences).toEqual(upTo(700).slice(480));
  });

  test('that read from the store what others are still to be told gets it once', async () => {
    const { store, open } = scene();
    const run = createRun(store);
    const first = open();
    await settled();
    for (let index = 0; index < 5; index += 1) {
      store.eventWriter.append({ runId: run, type: 'output', data: {} });
      store.eventWriter.flush();
    }
    const second = open({}, 2);
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    expect([first.sequences, second.sequences]).toEqual([[], [3, 4, 5]]);
    store.eventWriter.append({ runId: run, type: 'output', data: {} });
    store.eventWriter.flush();
    await settled();
    expect([first.sequences, second.sequences]).toEqual([upTo(6), [3, 4, 5, 6]]);
  });

  test('that comes again where it was gets the rest', async () => {
    const { store, open, write } = scene();
    const run = createRun(store);
    const reader = open();
    await write(run, 10);
    reader.destroy();
    await write(run, 10);
    const again = open({}, reader.sequences.at(-1));
    await settled();
    expect([...reader.sequences, ...again.sequences]).toEqual(upTo(20));
  });

  test('gets the events of its run, of its batch, of its token, and no others', async () => {
    const { store, open, write } = scene();
    const settings = { concurrency: 1, common: {} };
    const { batch } = await store.batches.create({ ...settings, tokenId: TOKEN }, [input()]);
    const [inBatch] = store.history.runs({ batchId: batch.id }).items;
    const alone = createRun(store);
    const foreign = store.runs.create({ tokenId: 'another', input: input() }).run.id;
    const readers = [
      open({ runId: alone }),
      open({ batchId: batch.id }),
      open({ tokenId: TOKEN }),
      open({ tokenId: 'another' }),
      open(),
    ];
    await settled();
    for (const run of [inBatch?.id ?? '', alone, foreign]) await write(run, 2);
    await write(alone, 1);
    expect(readers.map(({ sequences }) => sequences)).toEqual([
      [3, 4, 7],
      [1, 2],
      [1, 2, 3, 4, 7],
      [5, 6],
      [1, 2, 3, 4, 5, 6, 7],
    ]);
  });

  test('of a token gets to its own events over any number that are not', async () => {
    const { store, open, write } = scene();
    const run = createRun(store);
    const foreign = store.runs.create({ tokenId: 'another', input: input() }).run.id;
    await write(foreign, 6000);
    await write(run, 3);
    const reader = open({ tokenId: TOKEN });
    await settled();
    await write(run, 1);
    expect(reader.sequences).toEqual([6001, 6002, 6003, 6004]);
  });
});

describe('a reader that stalls', () => {
  test('is sent no more than a little, holds nobody up, and gets everything when it reads again', async () => {
    const { store, open, write } = scene();
    const run = createRun(store);
    const stalled = open();
    const quick = open();
    await settled();
    stalled.isStalled = true;
    for (let round = 0; round < 20; round += 1) await write(run, 100, 1000);
    expect(quick.sequences).toEqual(upTo(2000));
    expect(stalled.mostWaiting).toBeGreaterThan(HIGH_WATER_BYTES);
    expect(stalled.mostWaiting).toBeLessThan(MOST_WAITING_BYTES);
    stalled.resume();
    await settled();
    await write(run, 5);
    expect(stalled.sequences).toEqual(upTo(2005));
  });

  test('while it gets what was is sent no more than a page', async () => {
    const { store, open, write } = scene();
    const run = createRun(store);
    await write(run, 2000, 1000);
    const reader = new Reader();
    reader.isStalled = true;
    open({}, 0, reader);
    await settled();
    expect(reader.mostWaiting).toBeLessThan(MOST_WAITING_BYTES);
    for (let round = 0; round < 20; round += 1) {
      reader.resume();
      await settled();
    }
    expect(reader.sequences).toEqual(upTo(2000));
  });

  test.each([20, 300])('is let go of after two minutes; %i KB wait for it', async (kilobytes) => {
    const { store, hub, open, write } = scene();
    const run = createRun(store);
    const stalled = open();
    const quick = open();
    await settled();
    stalled.isStalled = true;
    await write(run, kilobytes, 1000);
    const { heartbeats } = stalled;
    vi.advanceTimersByTime(90_000);
    expect(stalled.destroyed).toBe(false);
    vi.advanceTimersByTime(60_000);
    expect(stalled.destroyed).toBe(true);
    expect(stalled.heartbeats).toBe(heartbeats);
    expect(quick.destroyed).toBe(false);
    expect(quick.heartbeats).toBeGreaterThanOrEqual(9);
    expect(hub.size).toBe(1);
  });
});

describe('all readers', () => {
  test('are as many as there may be, and one that goes makes place', () => {
    const { hub, open } = scene(2);
    const first = open();
    open();
    expect(codeOf(() => hub.requirePlace())).toBe('TOO_MANY_STREAMS');
    first.destroy();
    expect(hub.size).toBe(1);
    hub.requirePlace();
  });

  test('are ended with the hub, and nothing is written to them behind that', async () => {
    const { store, hub, open, write } = scene();
    const run = createRun(store);
    const readers = [open(), open()];
    await settled();
    hub.close();
    await write(run, 10);
    expect(readers.map(({ isEnded }) => isEnded)).toEqual([true, true]);
    vi.advanceTimersByTime(60_000);
    expect(hub.size).toBe(0);
  });

  test('read from the store one after another, so that all else has its turn between them', async () => {
    const { store, open, write } = scene();
    const run = createRun(store);
    await write(run, 100);
    const read = vi.spyOn(store.events, 'read');
    for (let count = 0; count < 20; count += 1) open();
    let most = 0;
    for (let turn = 0; turn < 40; turn += 1) {
      const before = read.mock.calls.length;
      await nextTurn();
      most = Math.max(most, read.mock.calls.length - before);
    }
    expect(read).toHaveBeenCalledTimes(20);
    expect(most).toBe(1);
  });
});
