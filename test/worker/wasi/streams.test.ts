import { afterEach, describe, expect, test } from 'vitest';
import { drop, okOf, TestRun, Trap } from './support/run.js';

const PERMITTED = 1024 * 1024;

let run: TestRun;
afterEach(() => run.close());

describe('output streams', () => {
  test('write goes to the stream it was called on, at once', () => {
    run = new TestRun();
    expect(run.stdout().write(Buffer.from('out'))).toEqual({ tag: 'ok', val: undefined });
    expect(run.stderr().blockingWriteAndFlush(Buffer.from('err'))).toEqual({ tag: 'ok', val: undefined });
    expect(run.written('stdout').toString()).toBe('out');
    expect(run.written('stderr').toString()).toBe('err');
  });

  test('check-write permits as much as write takes, and not a byte more', () => {
    run = new TestRun();
    const stream = run.stdout();
    expect(stream.checkWrite()).toEqual({ tag: 'ok', val: BigInt(PERMITTED) });
    stream.write(new Uint8Array(PERMITTED));
    expect(run.written('stdout')).toHaveLength(PERMITTED);
    expect(() => stream.write(new Uint8Array(PERMITTED + 1))).toThrow(Trap);
    expect(run.written('stdout')).toHaveLength(PERMITTED);
  });

  test('the blocking writes take 4096 bytes', () => {
    run = new TestRun();
    okOf(run.stdout().blockingWriteAndFlush(new Uint8Array(4096)));
    okOf(run.stdout().blockingWriteZeroesAndFlush(4096n));
    expect(() => run.stdout().blockingWriteAndFlush(new Uint8Array(4097))).toThrow(
      'blocking-write-and-flush of 4097 bytes, of which 4096 are permitted',
    );
    run = new TestRun();
    expect(() => run.stdout().blockingWriteZeroesAndFlush(4097n)).toThrow(Trap);
  });

  test('write-zeroes writes zeroes, and refuses what no one would want to allocate', () => {
    run = new TestRun();
    okOf(run.stdout().writeZeroes(200_000n));
    expect(run.written('stdout').equals(Buffer.alloc(200_000))).toBe(true);
    expect(() => run.stdout().writeZeroes(2n ** 64n - 1n)).toThrow(Trap);
  });

  test('flushing has nothing to do', () => {
    run = new TestRun();
    expect(run.stdout().flush().tag).toBe('ok');
    expect(run.stdout().blockingFlush().tag).toBe('ok');
  });

  test('a stream is ready', () => {
    run = new TestRun();
    const pollable = run.stdout().subscribe();
    expect(pollable.ready()).toBe(true);
    pollable.block();
    expect(run.sleeps).toEqual([]);
  });

  test('splicing from a stream at its end says closed', () => {
    run = new TestRun();
    expect(run.stdout().splice(run.stdin(), 10n)).toEqual({ tag: 'err', val: { tag: 'closed' } });
    expect(run.stdout().blockingSplice(run.stdin(), 10n)).toEqual({ tag: 'err', val: { tag: 'closed' } });
  });
});

describe('standard input', () => {
  test('is at its end', () => {
    run = new TestRun();
    const closed = { tag: 'err', val: { tag: 'closed' } };
    for (const operation of ['read', 'blockingRead', 'skip', 'blockingSkip'] as const) {
      expect(run.stdin()[operation](10n)).toEqual(closed);
      expect(run.stdin()[operation](0n)).toEqual(closed);
    }
    expect(run.stdin().subscribe().ready()).toBe(true);
  });
});

describe('handles', () => {
  test('streams are counted, and given back when dropped', () => {
    run = new TestRun({ limits: { handles: 3 } });
    for (let round = 0; round < 10; round += 1) {
      const streams = [run.stdin(), run.stdout(), run.stderr()];
      for (const stream of streams) drop(stream);
    }
    const streams = [run.stdin(), run.stdout(), run.stdout()];
    expect(() => run.stderr()).toThrow('too many streams held open');
    expect(streams).toHaveLength(3);
  });

  test('dropping twice gives back once', () => {
    run = new TestRun({ limits: { handles: 2 } });
    const stream = run.stdout();
    drop(stream);
    drop(stream);
    run.stdout();
    run.stdout();
    expect(() => run.stdout()).toThrow(Trap);
  });
});
