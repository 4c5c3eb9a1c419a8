import { describe, expect, test } from 'vitest';
import { CONTROL_FIELDS, ControlBlock, EndReason, RunState } from '#src/bridge/control-block.js';

describe('the control block', () => {
  test('has room for every field, and no two in one place', () => {
    const bytes = new ControlBlock().buffer.byteLength;
    const taken = new Set<number>();
    for (const { type, index } of Object.values(CONTROL_FIELDS)) {
      const width = type === 'i32' ? 4 : 8;
      for (let at = index * width; at < (index + 1) * width; at++) {
        expect(taken.has(at)).toBe(false);
        expect(at).toBeLessThan(bytes);
        taken.add(at);
      }
    }
  });

  test('is seen from both sides', () => {
    const worker = new ControlBlock();
    const main = new ControlBlock(worker.buffer);
    worker.start({ osThreadId: 42, cpuTime: 7n });
    worker.memoryBytes = 5_000_000_000;
    expect(main).toMatchObject({
      state: RunState.computing,
      osThreadId: 42,
      cpuAtStart: 7n,
      memoryBytes: 5_000_000_000,
    });
    expect(main.expire(EndReason.computeBudget)).toBe(true);
    expect(worker.expired).toBe(true);
    expect(main.expire(EndReason.told)).toBe(false);
    expect(worker.endReason).toBe(EndReason.computeBudget);
    main.sawCpu(20n);
    worker.finish(15n);
    expect(main).toMatchObject({ cpuSeen: 20n, state: RunState.finished });
  });

  test('adds up what was waited and slept, also when the wait throws', () => {
    const block = new ControlBlock();
    block.start({ osThreadId: 0, cpuTime: -1n });
    const wait = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    block.during(RunState.waiting, wait);
    expect(() =>
      block.during(RunState.waiting, () => {
        wait();
        throw new Error('the wait failed');
      }),
    ).toThrow('the wait failed');
    block.during(RunState.sleeping, wait);
    expect(Number(block.waited) / 1e6).toBeGreaterThanOrEqual(9.5);
    expect(Number(block.slept) / 1e6).toBeGreaterThanOrEqual(4.5);
    expect(block.state).toBe(RunState.computing);
  });
});
