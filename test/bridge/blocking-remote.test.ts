import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { MethodName } from '#src/bridge/blocking-remote.js';
import { ControlBlock, EndReason, RunState } from '#src/bridge/control-block.js';
import { exposeToWorker, movingBytes } from '#src/bridge/host-endpoint.js';

interface Step {
  readonly method: string;
  readonly args: unknown[];
  readonly transfer?: boolean;
  readonly repeat?: number;
}

interface Report {
  readonly results: { value?: unknown; left?: unknown[]; error?: string; message?: string }[];
  readonly heapBytes: number;
}

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Runs `script` on a thread against `api`. */
function call<Api extends object>(api: Api, script: Step[], options: { control?: ControlBlock } = {}) {
  const control = options.control ?? new ControlBlock();
  const { port1, port2 } = new MessageChannel();
  const violations: string[] = [];
  const notices: unknown[] = [];
  const close = exposeToWorker(api, {
    port: port1,
    control,
    methods: Object.keys(api) as MethodName<Api>[],
    onNotice: (message) => notices.push(message) > 0 && typeof message === 'string',
    onViolation: (problem) => violations.push(problem),
  });
  const worker = new Worker(fileURLToPath(new URL('./blocking-caller.mjs', import.meta.url)), {
    workerData: { port: port2, control: control.buffer, script },
    transferList: [port2],
  });
  cleanups.push(close, () => worker.terminate());
  const report = once(worker, 'message').then(([message]) => message as Report);
  return { control, port: port1, violations, report };
}

describe('a blocking call', () => {
  test('gives what the async method resolved with, whatever its size', async () => {
    const echo = async (value: unknown) => value;
    const sizes = [0, 1, 100, 65_536, 5_000_000];
    const { report } = call(
      { echo },
      sizes.map((size) => ({ method: 'echo', args: [new Uint8Array(size).fill(7)] })),
    );
    const { results } = await report;
    expect(results.map(({ value }) => (value as Uint8Array).byteLength)).toEqual(sizes);
    const sent = Buffer.alloc(5_000_000, 7);
    // Compared as a whole: one by one takes half a minute.
    expect(sent.equals(results.at(-1)?.value as Uint8Array)).toBe(true);
  });

  test('moves a transferred argument, and copies one that is not', async () => {
    const size = async (bytes: Uint8Array) => bytes.byteLength;
    const bytes = () => new Uint8Array(1000);
    const { report } = call({ size }, [
      { method: 'size', args: [bytes()], transfer: true },
      { method: 'size', args: [bytes()] },
    ]);
    expect((await report).results).toEqual([
      { value: 1000, left: [0] },
      { value: 1000, left: [1000] },
    ]);
  });

  test('moves the bytes of a reply out of the main thread', async () => {
    const replies: { tag: 'ok'; val: Uint8Array }[] = [];
    const get = async () => {
      const reply = movingBytes({ tag: 'ok' as const, val: new Uint8Array(2_000_000).fill(1) });
      replies.push(reply);
      return reply;
    };
    const { results } = await call({ get }, [{ method: 'get', args: [] }]).report;
    expect(results[0]?.value).toMatchObject({ val: { byteLength: 2_000_000 } });
    expect(replies[0]?.val.byteLength).toBe(0);
  });

  test('copies a reply that is a part of a larger buffer, and leaves the rest alone', async () => {
    const shared = new Uint8Array([1, 2, 3, 4]);
    const get = async () => movingBytes({ tag: 'ok' as const, val: shared.subarray(1, 3) });
    const { results } = await call({ get }, [{ method: 'get', args: [] }]).report;
    expect(results[0]?.value).toEqual({ tag: 'ok', val: new Uint8Array([2, 3]) });
    expect(shared).toEqual(new Uint8Array([1, 2, 3, 4]));
  });

  test.each([
    ['bytes with a buffer to themselves', new Uint8Array([1, 2, 3])],
    ["a part of Node's pool", Buffer.from('abc')],
  ])('leaves a small reply to its host, which may give it again: %s', async (_what, val) => {
    const before = Uint8Array.from(val);
    const get = async () => movingBytes({ tag: 'ok' as const, val });
    const { results } = await call({ get }, [{ method: 'get', args: [], repeat: 3 }]).report;
    expect(results).toEqual([{ value: { tag: 'ok', val: before }, left: [] }]);
    expect(Uint8Array.from(val)).toEqual(before);
  });

  test('throws a RemoteFault with the message when the method rejects or throws', async () => {
    const api = {
      rejects: () => Promise.reject(new Error('no such thing')),
      rejectsNull: () => Promise.reject(null),
      rejectsSymbol: () => Promise.reject(Symbol('odd')),
    };
    const { report } = call(
      api,
      Object.keys(api).map((method) => ({ method, args: [] })),
    );
    const { results } = await report;
    expect(results.map(({ error }) => error)).toEqual(['RemoteFault', 'RemoteFault', 'RemoteFault']);
    expect(results[0]?.message).toBe('no such thing');
  });

  test('ends with RunEnded when the run expires while no reply comes', async () => {
    const control = new ControlBlock();
    let asked: () => void = () => {};
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const hang = () => {
      asked();
      return new Promise<void>(() => {});
    };
    const { report } = call({ hang }, [{ method: 'hang', args: [] }], { control });
    await arrived;
    control.expire(EndReason.told);
    expect((await report).results).toEqual([{ error: 'RunEnded', message: 'the run has been ended' }]);
  });

  test('takes only the reply to its own call', async () => {
    const answer = async (value: string) => value;
    const { port, report } = call({ answer }, [{ method: 'answer', args: ['mine'] }]);
    for (const stray of [{ id: '0', type: 'RAW', value: 'late' }, { id: 'x' }, 'text', null, 7])
      port.postMessage(stray);
    expect((await report).results).toEqual(
      [{ value: 'mine', left: [null] }].map((r) => ({ ...r, left: [undefined] })),
    );
  });

  test('piles nothing up over 20,000 calls on a thread that never yields', async () => {
    const ping = async (value: number) => value;
    const few = await call({ ping }, [{ method: 'ping', args: [1], repeat: 200 }]).report;
    const many = await call({ ping }, [{ method: 'ping', args: [1], repeat: 20_000 }]).report;
    // 2 KB a call, what comlink's own client keeps on such a thread, would come to 40 MB.
    expect(many.heapBytes - few.heapBytes).toBeLessThan(10_000_000);
  });

  test('is charged as waiting, and leaves the worker computing', async () => {
    const control = new ControlBlock();
    let seen: number | undefined;
    const look = async () => {
      seen = control.state;
    };
    await call({ look }, [{ method: 'look', args: [] }], { control }).report;
    expect(seen).toBe(RunState.waiting);
    expect(control.state).toBe(RunState.computing);
    expect(control.waited).toBeGreaterThan(0n);
  });
});

describe('the endpoint', () => {
  const api = { allowed: async () => 'yes' };

  test.each([
    ['a method that is not listed', { id: '1', type: 'APPLY', path: ['constructor'], argumentList: [] }],
    ['a longer path', { id: '1', type: 'APPLY', path: ['allowed', 'call'], argumentList: [] }],
    ['a get', { id: '1', type: 'GET', path: ['allowed'] }],
    [
      'a set through the prototype',
      { id: '1', type: 'SET', path: ['__proto__', 'polluted'], value: { type: 'RAW', value: 1 } },
    ],
    ['a construct', { id: '1', type: 'CONSTRUCT', path: ['allowed'], argumentList: [] }],
    ['a request for an endpoint', { id: '1', type: 'ENDPOINT' }],
    [
      'a value with a handler',
      { id: '1', type: 'APPLY', path: ['allowed'], argumentList: [{ type: 'HANDLER', name: 'proxy' }] },
    ],
    ['nothing', null],
  ])('refuses %s', async (_what, message) => {
    const { port1, port2 } = new MessageChannel();
    const violations: string[] = [];
    const answers: unknown[] = [];
    port2.on('message', (answer) => answers.push(answer));
    const close = exposeToWorker(api, {
      port: port1,
      control: new ControlBlock(),
      methods: ['allowed'],
      onNotice: () => false,
      onViolation: (problem) => violations.push(problem),
    });
    cleanups.push(close, () => port2.close());
    port2.postMessage(message);
    port2.postMessage({ id: '2', type: 'APPLY', path: ['allowed'], argumentList: [] });
    while (answers.length === 0) await once(port2, 'message');
    expect(answers).toEqual([{ id: '2', type: 'RAW', value: 'yes' }]);
    expect(violations).toHaveLength(1);
    expect(Object.prototype).not.toHaveProperty('polluted');
  });
});
