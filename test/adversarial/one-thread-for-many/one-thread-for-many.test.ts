// Hostile and innocent runs one after another on one thread: nothing of one is left for the next, and a reply that
// comes too late is nobody's.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SandboxPool } from '#src/main/index.js';
import { hostAnswering, hostCalling, inputFor } from '../../support/host.js';
import { TRANSLATIONS } from '../../support/translations.js';
import { componentOf } from '../support/attack.js';

const LEAVES_A_LINE_OPEN = `;; Prints half a line, opens files it never closes, and traps.

(func $run (result i32)
  (call $print (text "of the hostile run"))
  (drop (call $open (i32.const 1) (i32.const 0)))
  (drop (call $open (i32.const 1) (i32.const 0)))
  (unreachable))
`;
const PRINTS_REPLY = `;; Prints the reply of a query.

(func $run (result i32)
  (if (call $query (text "count") (text "DIDL\\00\\00")) (then (return (call $error (call $reply)))))
  (call $print (call $reply))
  (call $ok))
`;

let pool: SandboxPool;
let directory: string;
beforeAll(async () => {
  pool = await SandboxPool.create({
    cacheFolder: TRANSLATIONS,
    maxThreads: 1,
    limits: { computeBudgetMs: 5000 },
  });
  directory = mkdtempSync(join(tmpdir(), 'one-thread-'));
  writeFileSync(join(directory, 'apple.txt'), 'a red one\n');
});
afterAll(async () => {
  await pool.close({ deadlineMs: 0 });
  rmSync(directory, { recursive: true, force: true });
});

async function linesOf(guest: string, host = hostAnswering(Buffer.from('its own reply'))) {
  const lines: string[] = [];
  const result = await pool.run(
    await pool.prepare({ bytes: await componentOf(guest) }),
    {
      ...inputFor('next'),
      files: [{ key: '', name: 'input.txt', content: 'apple.txt' }],
      directories: [{ key: '', guestPath: 'data', root: directory, path: '.' }],
    },
    { host, onEvent: (event) => event.type === 'output' && lines.push(event.line) },
  );
  return { lines, ending: result.ok ? 'ok' : result.error.code };
}

test('a run that ended badly leaves no line, no descriptor and no state to the next', async () => {
  // The watchdog, which ends this one, has descriptors of its own.
  await pool.run(await pool.prepare({ bytes: await componentOf('sleeps-forever') }), inputFor('first'), {
    host: hostAnswering(),
    limits: { computeBudgetMs: 20 },
  });
  await linesOf(PRINTS_REPLY);
  const open = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
  const before = open();
  for (const hostile of [
    LEAVES_A_LINE_OPEN,
    'keeps-state',
    'recurses',
    'traps-unreachable',
    'exits-error',
    'drops-twice',
  ]) {
    await linesOf(hostile);
    expect(await linesOf(PRINTS_REPLY)).toEqual({ lines: ['its own reply'], ending: 'ok' });
    expect(await linesOf('keeps-state')).toEqual({ lines: [], ending: 'ok' });
  }
  expect(open()).toBeLessThanOrEqual(before + 1);
  expect(pool.stats().threads).toBe(1);
});

test('a guest is not entered again after it trapped', async () => {
  const { ending } = await linesOf('post-return-traps');
  expect(ending).toBe('PLUGIN_TRAPPED');
  expect(await linesOf('returns-ok')).toEqual({ lines: [], ending: 'ok' });
});

test('a reply that comes after its run was cancelled goes to no other', async () => {
  const plugin = await pool.prepare({ bytes: await componentOf(PRINTS_REPLY) });
  let answerLate: () => void = () => {};
  const late = new Promise<void>((resolve) => {
    answerLate = resolve;
  });
  const controller = new AbortController();
  const cancelled = await pool.run(plugin, inputFor('cancelled'), {
    signal: controller.signal,
    host: hostCalling(async () => {
      setImmediate(() => controller.abort());
      await late;
      return { tag: 'ok', val: Buffer.from('too late') };
    }),
  });
  expect(cancelled).toMatchObject({ ok: false, error: { code: 'CANCELLED' } });
  const next = await linesOf(
    PRINTS_REPLY,
    hostCalling(async () => {
      answerLate();
      await new Promise((resolve) => setImmediate(resolve));
      return { tag: 'ok', val: Buffer.from('in time') };
    }),
  );
  expect(next).toEqual({ lines: ['in time'], ending: 'ok' });
});

test('a thread that is lost while its run is under way is replaced', async () => {
  const plugin = await pool.prepare({ bytes: await componentOf('calls-query') });
  for (let round = 0; round < 3; round++) {
    const result = await pool.run(plugin, inputFor(round), {
      limits: { wallTimeMs: 50 },
      host: hostCalling(() => new Promise(() => {})),
    });
    expect(result).toMatchObject({ ok: false, error: { code: 'WALL_TIME_EXCEEDED' } });
    expect(await linesOf(PRINTS_REPLY)).toEqual({ lines: ['its own reply'], ending: 'ok' });
  }
  expect(pool.stats()).toMatchObject({ threads: 1, stuckThreads: 0 });
});
