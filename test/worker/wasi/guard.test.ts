import { afterEach, expect, test } from 'vitest';
import { WasiContext } from '#src/worker/wasi/context.js';
import { classForRun, guardClass, guardInterface } from '#src/worker/wasi/guard.js';
import { drop, Exit, TestRun, Trap } from './support/run.js';

function context(): WasiContext {
  const sink = { write: () => undefined };
  return new WasiContext({
    preopens: [],
    stdout: sink,
    stderr: sink,
    limits: { handles: 1, allocationBytes: 1 },
    sleep: () => undefined,
    isConfined: () => false,
    trap: (message) => {
      throw new Trap(message);
    },
    exit: (status) => {
      throw new Exit(status);
    },
  });
}

let run: TestRun | undefined;
afterEach(() => run?.close());

test.each([
  ['an error', new Error('/home/someone/secret'), 'the host failed in test.it (Error)'],
  ['null', null, 'the host failed in test.it (object)'],
  ['a symbol', Symbol('secret'), 'the host failed in test.it (symbol)'],
  [
    'a system error',
    Object.assign(new Error('secret'), { code: 'EIO' }),
    'the host failed in test.it (Error)',
  ],
  ['a full stack', new RangeError('Maximum call stack size exceeded'), 'call stack exhausted in test.it'],
])('%s that a host function throws comes out as a trap without its text', (_, thrown, message) => {
  const { it } = guardInterface(context(), 'test', {
    it: () => {
      throw thrown;
    },
  });
  expect(it).toThrow(new Trap(message));
});

test('an exit comes out as it is, and so does everything that is called afterwards', () => {
  const shared = context();
  const { exit, now } = guardInterface(shared, 'test', { exit: () => shared.exit(3), now: () => 1 });
  expect(now()).toBe(1);
  expect(exit).toThrow(new Exit(3));
  expect(now).toThrow(new Exit(3));
});

test('methods keep their receiver, and one that was never made is a trap', () => {
  class Counter {
    #count: number;
    constructor(start: number) {
      this.#count = start;
    }
    next(): number {
      this.#count += 1;
      return this.#count;
    }
  }
  const Guarded = classForRun(context(), guardClass('test.counter', Counter));
  const counter = new Guarded(5);
  expect(counter).toBeInstanceOf(Guarded);
  expect(counter.next()).toBe(6);
  expect(() => Guarded.prototype.next.call(Object.create(Guarded.prototype))).toThrow(
    new Trap('test.counter.next called on an unknown handle'),
  );
});

test('what was dropped cannot be used, and may be dropped again', () => {
  run = new TestRun();
  const stream = run.stdout();
  drop(stream);
  drop(stream);
  expect(() => stream.flush()).toThrow('wasi:io/streams.output-stream.flush called on an unknown handle');
});

test('glue sees few resource numbers, however many resources were made', () => {
  run = new TestRun();
  const held = [run.timer(1n), run.timer(1n)];
  const numbers = new Set<unknown>();
  for (let count = 0; count < 1000; count += 1) {
    const pollable = run.timer(1n);
    numbers.add((pollable as unknown as Record<symbol, unknown>)[Symbol.for('cabiRep')]);
    drop(pollable);
  }
  expect(held).toHaveLength(2);
  expect([...numbers]).toEqual([3]);
});

test('every method of every resource traps on a handle that the guest made up', () => {
  const interfaces = Object.values(new TestRun().imports);
  let methods = 0;
  for (const functions of interfaces) {
    for (const name of Object.keys(functions)) {
      // The terminals have no methods.
      if (!/^[A-Z]/.test(name) || name.startsWith('Terminal')) continue;
      const { imports } = new TestRun();
      const own = Object.values(imports).find((candidate) => name in candidate)?.[name];
      const { prototype } = own as { prototype: object };
      const guarded = Object.getPrototypeOf(prototype) as Record<PropertyKey, unknown>;
      for (const key of Reflect.ownKeys(guarded)) {
        const method = guarded[key];
        if (['constructor', 'drop'].includes(String(key)) || typeof method !== 'function') continue;
        methods += 1;
        expect(() => method.call(Object.create(prototype), 1n, 1n), `${name}.${String(key)}`).toThrow(Trap);
      }
    }
  }
  expect(methods).toBeGreaterThan(100);
});
