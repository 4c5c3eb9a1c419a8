import { describe, expect, test } from 'vitest';
import { Queue } from '#src/main/server/service/queue.js';
import type { QueueSource, Run } from '#src/main/server/store/index.js';

/** A queue over runs in memory, as over those of a store. */
class Bench {
  readonly reads: number[] = [];
  readonly #waiting = new Map<string, Run[]>();
  readonly queue = new Queue((source, limit) => {
    this.reads.push(limit);
    return (this.#waiting.get(keyOf(source)) ?? []).slice(0, limit);
  });
  #made = 0;

  /** Puts runs in a place; `canisters` says what each is for. */
  add(
    source: QueueSource,
    canisters: readonly string[],
    settings: { readonly concurrency?: number; readonly priority?: number } = {},
    priorities: readonly number[] = [],
  ): Run[] {
    const runs = canisters.map((canisterId, index) => {
      this.#made += 1;
      const priority = priorities[index] ?? 0;
      return { ...source, id: `run-${this.#made}`, canisterId, network: 'local', priority } as Run;
    });
    const all = [...(this.#waiting.get(keyOf(source)) ?? []), ...runs];
    this.#waiting.set(
      keyOf(source),
      all.sort((left, right) => right.priority - left.priority),
    );
    this.queue.add(source, runs.length, { concurrency: 100, ...settings });
    return runs;
  }

  /** Takes the next and has it started, so that it waits no more. */
  take(): Run | undefined {
    const run = this.queue.take();
    if (run !== undefined) this.drop(run);
    return run;
  }

  takeAll(): Run[] {
    const runs: Run[] = [];
    for (let run = this.take(); run !== undefined; run = this.take()) runs.push(run);
    return runs;
  }

  drop(run: Run): void {
    const rest = (this.#waiting.get(keyOf(run)) ?? []).filter(({ id }) => id !== run.id);
    this.#waiting.set(keyOf(run), rest);
  }
}

function keyOf({ batchId, tokenId }: QueueSource): string {
  return batchId ?? tokenId;
}

function batch(name: string, tokenId = 'ann'): QueueSource {
  return { batchId: name, tokenId };
}

function canisters(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

function batchesOf(runs: readonly Run[]): (string | undefined)[] {
  return runs.map(({ batchId }) => batchId);
}

describe('which run goes next', () => {
  test('those of a place in the order in which it gives them', () => {
    const bench = new Bench();
    const runs = bench.add(batch('one'), canisters('c', 5));
    expect(bench.takeAll()).toEqual(runs);
    expect(bench.queue.waiting).toBe(0);
  });

  test('higher priority first, of batches as of runs of their own', () => {
    const bench = new Bench();
    bench.add(batch('low'), canisters('l', 2), { priority: -1 });
    bench.add({ tokenId: 'ann' }, canisters('a', 3), {}, [0, 7, 3]);
    bench.add(batch('high'), canisters('h', 2), { priority: 5 });
    const taken = bench.takeAll();
    expect(taken.map(({ canisterId }) => canisterId)).toEqual([
      'a-1',
      'h-0',
      'h-1',
      'a-2',
      'a-0',
      'l-0',
      'l-1',
    ]);
  });

  test('a run with a higher priority that comes later goes before those that were read ahead', () => {
    const bench = new Bench();
    bench.add({ tokenId: 'ann' }, canisters('a', 3));
    bench.take();
    const [urgent] = bench.add({ tokenId: 'ann' }, ['urgent'], {}, [9]);
    expect(bench.take()).toEqual(urgent);
  });

  test('equal batches of a token take turns', () => {
    const bench = new Bench();
    bench.add(batch('one'), canisters('a', 3));
    bench.add(batch('two'), canisters('b', 3));
    expect(batchesOf(bench.takeAll())).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
  });

  test('tokens take turns, however many batches one of them has', () => {
    const bench = new Bench();
    for (const name of ['one', 'two', 'three']) bench.add(batch(name), canisters(name, 4));
    bench.add(batch('other', 'bob'), canisters('o', 4));
    const running: Run[] = [];
    for (let places = 0; places < 8; places += 1) running.push(bench.take() as Run);
    expect(running.filter(({ tokenId }) => tokenId === 'bob')).toHaveLength(4);
    // Places that become free go to who has fewer.
    for (const run of running) if (run.tokenId === 'ann') bench.queue.ended(run);
    expect(bench.take()?.tokenId).toBe('ann');
  });
});

describe('runs that may not go', () => {
  test('a batch has no more under way than it may, and the others go on', () => {
    const bench = new Bench();
    bench.add(batch('narrow'), canisters('n', 5), { concurrency: 2, priority: 1 });
    bench.add(batch('wide'), canisters('w', 3));
    const taken = bench.takeAll();
    expect(batchesOf(taken)).toEqual(['narrow', 'narrow', 'wide', 'wide', 'wide']);
    bench.queue.ended(taken[0] as Run);
    expect(batchesOf(bench.takeAll())).toEqual(['narrow']);
  });

  test('runs of one canister go one after another, of all batches together; another network is another canister', () => {
    const bench = new Bench();
    const [first, second] = bench.add(batch('one'), ['shop', 'shop', 'bank']);
    bench.add(batch('two'), ['shop', 'mill']);
    const taken = bench.takeAll();
    expect(taken.map(({ canisterId }) => canisterId)).toEqual(['shop', 'mill', 'bank']);
    bench.queue.ended(first as Run);
    expect(bench.takeAll()).toHaveLength(1);
    expect(second?.canisterId).toBe('shop');
  });

  test('free canisters behind many that wait for a busy one are found, without reading again for every run', () => {
    const bench = new Bench();
    bench.add(batch('one'), [...Array(900).fill('shop'), ...canisters('free', 50)]);
    expect(bench.takeAll()).toHaveLength(51);
    expect(bench.reads.length).toBeLessThan(5);
  });

  test('those that come into sight while most wait for a busy canister are found', () => {
    const bench = new Bench();
    bench.add(batch('one'), [...Array(1400).fill('shop'), ...canisters('free', 50)]);
    let free = 0;
    for (let ended = 0; ended < 900; ended += 1) {
      for (const run of bench.takeAll()) {
        if (run.canisterId !== 'shop') free += 1;
        bench.queue.ended(run);
      }
    }
    expect(free).toBe(50);
    expect(bench.reads.length).toBeLessThan(20);
  });
});

describe('a place is empty', () => {
  test('when its last run has ended, which is said once', () => {
    const bench = new Bench();
    bench.add(batch('one'), canisters('c', 2));
    const [first, second] = bench.takeAll() as [Run, Run];
    expect(bench.queue.ended(first)).toBe(false);
    expect(bench.queue.ended(second)).toBe(true);
    expect(bench.queue.remove(batch('one'), new Set())).toBe(false);
  });

  test('when those that wait are taken away and none runs', () => {
    const bench = new Bench();
    const runs = bench.add(batch('one'), canisters('c', 3));
    const first = bench.take() as Run;
    const rest = runs.slice(1);
    for (const run of rest) bench.drop(run);
    expect(bench.queue.remove(batch('one'), new Set(rest.map(({ id }) => id)))).toBe(false);
    expect(bench.queue.waiting).toBe(0);
    expect(bench.take()).toBeUndefined();
    expect(bench.queue.ended(first)).toBe(true);
  });

  test('what was taken away is not given any more, though it was read ahead', () => {
    const bench = new Bench();
    const [, second, third] = bench.add(batch('one'), canisters('c', 3)) as [Run, Run, Run];
    bench.take();
    bench.drop(second);
    bench.queue.remove(batch('one'), new Set([second.id]));
    expect(bench.takeAll()).toEqual([third]);
  });
});
