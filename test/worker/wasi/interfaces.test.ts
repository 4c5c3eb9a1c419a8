import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { drop, Exit, TestRun, Trap } from './support/run.js';

let run: TestRun;
afterEach(() => run.close());

describe('wasi:cli', () => {
  test('there is no environment, no argument, no working directory', () => {
    run = new TestRun();
    expect(run.call('wasi:cli/environment', 'getEnvironment')).toEqual([]);
    expect(run.call('wasi:cli/environment', 'getArguments')).toEqual([]);
    expect(run.call('wasi:cli/environment', 'initialCwd')).toBeUndefined();
  });

  test('nothing is a terminal', () => {
    run = new TestRun();
    expect(run.call('wasi:cli/terminal-stdin', 'getTerminalStdin')).toBeUndefined();
    expect(run.call('wasi:cli/terminal-stdout', 'getTerminalStdout')).toBeUndefined();
    expect(run.call('wasi:cli/terminal-stderr', 'getTerminalStderr')).toBeUndefined();
    expect(run.imports['wasi:cli/terminal-input']?.['TerminalInput']).toBeTypeOf('function');
    expect(run.imports['wasi:cli/terminal-output']?.['TerminalOutput']).toBeTypeOf('function');
  });

  test.each([
    ['exit', { tag: 'ok', val: undefined }, 0],
    ['exit', { tag: 'err', val: undefined }, 1],
    ['exitWithCode', 42, 42],
  ])('%s(%o) ends the run with status %i', (name, argument, status) => {
    run = new TestRun();
    expect(() => run.call('wasi:cli/exit', name, argument)).toThrow(new Exit(status));
  });
});

describe('wasi:random', () => {
  test('gives as many bytes as asked, different ones', () => {
    run = new TestRun();
    for (const [name, get] of [
      ['wasi:random/random', 'getRandomBytes'],
      ['wasi:random/insecure', 'getInsecureRandomBytes'],
    ] as const) {
      const bytes = run.call<Uint8Array>(name, get, 32n);
      expect(bytes).toHaveLength(32);
      expect(bytes).not.toEqual(run.call(name, get, 32n));
      expect(run.call<Uint8Array>(name, get, 0n)).toHaveLength(0);
    }
    const u64 = run.call<bigint>('wasi:random/random', 'getRandomU64');
    expect(u64).not.toBe(run.call('wasi:random/insecure', 'getInsecureRandomU64'));
    expect(BigInt.asUintN(64, u64)).toBe(u64);
  });

  test('refuses amounts beyond the limit without allocating them', () => {
    run = new TestRun({ limits: { allocationBytes: 1000 } });
    expect(run.call<Uint8Array>('wasi:random/random', 'getRandomBytes', 1000n)).toHaveLength(1000);
    expect(() => run.call('wasi:random/random', 'getRandomBytes', 2n ** 64n - 1n)).toThrow(
      '18446744073709551615 random bytes asked for at once, over the limit of 1000',
    );
    run = new TestRun({ limits: { allocationBytes: 1000 } });
    expect(() => run.call('wasi:random/insecure', 'getInsecureRandomBytes', 1001n)).toThrow(Trap);
  });

  test('the seed is one for a run and another for the next', () => {
    run = new TestRun();
    const seed = run.call('wasi:random/insecure-seed', 'insecureSeed');
    expect(run.call('wasi:random/insecure-seed', 'insecureSeed')).toEqual(seed);
    const next = new TestRun();
    expect(next.call('wasi:random/insecure-seed', 'insecureSeed')).not.toEqual(seed);
    next.close();
  });
});

describe('wasi:sockets', () => {
  const denied = { tag: 'err', val: 'access-denied' };

  test('everything links and nothing can be had', () => {
    run = new TestRun();
    const network = run.call<object>('wasi:sockets/instance-network', 'instanceNetwork');
    expect(run.call('wasi:sockets/tcp-create-socket', 'createTcpSocket', 'ipv4')).toEqual(denied);
    expect(run.call('wasi:sockets/udp-create-socket', 'createUdpSocket', 'ipv6')).toEqual(denied);
    expect(run.call('wasi:sockets/ip-name-lookup', 'resolveAddresses', network, 'example.org')).toEqual(
      denied,
    );
    expect(run.call('wasi:sockets/network', 'networkErrorCode', {})).toBeUndefined();
    for (const [name, resource] of [
      ['wasi:sockets/tcp', 'TcpSocket'],
      ['wasi:sockets/udp', 'UdpSocket'],
      ['wasi:sockets/udp', 'IncomingDatagramStream'],
      ['wasi:sockets/udp', 'OutgoingDatagramStream'],
      ['wasi:sockets/ip-name-lookup', 'ResolveAddressStream'],
      ['wasi:sockets/network', 'Network'],
    ] as const) {
      expect(run.imports[name]?.[resource]).toBeTypeOf('function');
    }
  });

  test('networks are counted, and given back when dropped', () => {
    run = new TestRun({ limits: { handles: 2 } });
    const network = (): object => run.call('wasi:sockets/instance-network', 'instanceNetwork');
    for (let round = 0; round < 5; round += 1) drop(network());
    network();
    network();
    expect(network).toThrow('too many networks held open');
  });
});

test('loading it starts no thread and opens nothing', () => {
  const script = `
    import { readdirSync } from 'node:fs';
    // The event loop's own threads start with the first file that is read without blocking.
    await (await import('node:fs/promises')).readdir('/');
    const before = readdirSync('/proc/self/task').length;
    const { createWasi } = await import(process.argv[1]);
    const sink = { write() {} };
    const wasi = createWasi({ preopens: [], stdout: sink, stderr: sink, limits: { handles: 9, allocationBytes: 9 }, isConfined: () => false });
    wasi.imports['wasi:random/random'].getRandomU64();
    console.log(readdirSync('/proc/self/task').length - before, process.getActiveResourcesInfo().join());`;
  const url = import.meta.resolve('#src/worker/wasi/wasi.js');
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, url], {
    encoding: 'utf8',
  });
  const [threads = '', resources = ''] = said.trim().split(' ');
  expect(threads).toBe('0');
  expect(resources).not.toMatch(/Worker|MessagePort/);
});
