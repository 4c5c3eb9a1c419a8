import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Admission } from '#src/main/pool/admission.js';
import { FairQueue } from '#src/main/pool/fair-queue.js';

const COMPUTING = 2 * availableParallelism();
const { signal } = new AbortController();

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** As many runs as `count`, none of which ends by itself. */
function begin(admission: Admission, count: number) {
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  for (let index = 0; index < count; index++) {
    const work = () => {
      begun.push(index);
      return new Promise<void>((resolve) => ends.push(resolve));
    };
    void admission.run(work, { caller: '', signal });
  }
  return { begun, ends };
}

describe('admission', () => {
  test('lets a few compute at once, and another when one of them is done', async () => {
    const admission = new Admission(100);
    const { begun, ends } = begin(admission, COMPUTING + 2);
    expect(begun).toHaveLength(COMPUTING);
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(COMPUTING + 1);
    expect(admission.running).toBe(COMPUTING);
  });

  test('lets another in for each that waits, and none back out', () => {
    const admission = new Admission(100);
    const { begun } = begin(admission, COMPUTING + 3);
    const over = [admission.waits(), admission.waits()];
    expect(begun).toHaveLength(COMPUTING + 2);
    for (const waitIsOver of over) {
      waitIsOver();
      waitIsOver();
    }
    expect(begun).toHaveLength(COMPUTING + 2);
    const again = admission.waits();
    expect(begun).toHaveLength(COMPUTING + 2);
    again();
  });

  test('loses patience with those that compute, one more at a time', () => {
    const admission = new Admission(100);
    const { begun } = begin(admission, COMPUTING + 3);
    vi.advanceTimersByTime(100);
    expect(begun).toHaveLength(COMPUTING + 1);
    vi.advanceTimersByTime(200);
    expect(begun).toHaveLength(COMPUTING + 3);
  });

  test('never lets in more than there may be threads', () => {
    const admission = new Admission(1);
    const { begun } = begin(admission, 3);
    admission.waits();
    vi.advanceTimersByTime(10_000);
    expect(begun).toEqual([0]);
  });

  test('forgets a run that was taken out of the queue', async () => {
    const admission = new Admission(1);
    const { ends } = begin(admission, 1);
    const controller = new AbortController();
    const work = vi.fn(async () => {});
    const taken = admission.run(work, { caller: '', signal: controller.signal });
    const next = admission.run(async () => 'next', { caller: '', signal });
    controller.abort(new Error('taken out'));
    await expect(taken).rejects.toThrow('taken out');
    ends[0]?.();
    expect(await next).toBe('next');
    expect(work).not.toHaveBeenCalled();
  });
});

describe('the queue', () => {
  const named = (queue: FairQueue, name: string, caller: string) =>
    queue.enqueue(async () => name, { caller, id: name });
  const drain = async (queue: FairQueue) => {
    const names: unknown[] = [];
    for (let run = queue.dequeue(); run !== undefined; run = queue.dequeue()) names.push(await run());
    return names;
  };

  test('gives callers their turns, each in its own order', async () => {
    const queue = new FairQueue();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) named(queue, name, name.charAt(0));
    expect(queue.size).toBe(6);
    expect(await drain(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
    expect(queue.size).toBe(0);
  });

  test('takes out one run, and a caller with its last', async () => {
    const queue = new FairQueue();
    for (const name of ['a1', 'a2', 'b1']) named(queue, name, name.charAt(0));
    queue.remove('b1');
    queue.remove('a1');
    queue.remove('never queued');
    expect(queue.size).toBe(1);
    expect(await drain(queue)).toEqual(['a2']);
  });
});
