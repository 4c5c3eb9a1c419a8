import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Libsql from 'libsql';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SandpoolError } from '#src/bridge/errors.js';
import { openStore } from '#src/main/server/store/index.js';
import { MIGRATIONS, migrate } from '#src/main/server/store/migrations.js';
import { openDatabase } from '#src/main/server/store/open-database.js';
import {
  addPlugin,
  codeOf,
  createRun,
  TestClock,
  temporaryFolder,
  temporaryStore,
} from './support/stores.js';

const fileIn = (folder: string) => join(folder, 'service.db');

async function filled(file: string, runs = 300): Promise<void> {
  await using store = openStore({ file });
  addPlugin(store);
  for (let count = 0; count < runs; count += 1) createRun(store);
}

/** A file system of its own, which takes root. */
function mounted(options: string): string | undefined {
  const folder = temporaryFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) return undefined;
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder]);
  });
  return folder;
}

describe('a new store', () => {
  test('is made with its folder, for its owner only, and opens again as it was', async () => {
    const file = fileIn(join(temporaryFolder(), 'state', 'sandpool'));
    await filled(file, 1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await using store = openStore({ file });
    expect(store.recovery).toEqual({ interruptedRunIds: [], unknownUpdates: 0, queuedRuns: 1 });
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
    expect(store.history.runs().items).toHaveLength(1);
  });

  test('takes away what others may do with a file that was there', async () => {
    const file = fileIn(temporaryFolder());
    writeFileSync(file, '', { mode: 0o644 });
    await filled(file, 1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is refused to a second opener until it is closed', async () => {
    const file = fileIn(temporaryFolder());
    const store = openStore({ file });
    expect(codeOf(() => openStore({ file }))).toBe('STORE_IN_USE');
    await store.close();
    await store.close();
    expect(codeOf(() => store.runs.find('x'))).not.toBe('');
    expect(codeOf(() => store.history.runs())).toBe('STORE_CLOSED');
    await openStore({ file }).close();
  });
});

test('a second process is refused, and not when the first was killed', async () => {
  const file = fileIn(temporaryFolder());
  const program = `import { openStore } from '#src/main/server/store/index.js';
    openStore({ file: ${JSON.stringify(file)} }); console.log('open'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(createInterface({ input: child.stdout }), 'line');
  expect(codeOf(() => openStore({ file }))).toBe('STORE_IN_USE');
  // The attempt has not taken the lock from the first.
  expect(codeOf(() => openStore({ file }))).toBe('STORE_IN_USE');
  child.kill('SIGKILL');
  await exited;
  await openStore({ file }).close();
});

describe('versions', () => {
  test('a store of version 1 is brought to the present one, with what is in it', async () => {
    const file = fileIn(temporaryFolder());
    const database = openDatabase(file);
    expect(migrate(database, 1, MIGRATIONS.slice(0, 1))).toBe(0);
    database.run(`INSERT INTO plugins VALUES ('${'ab'.repeat(32)}', 'old', 1, '0.1.0', 1, 1, 'somebody')`);
    expect(codeOf(() => database.run('SELECT * FROM audit'))).toBe('INTERNAL');
    database.close();
    await using store = openStore({ file });
    expect(store.plugins.list()).toMatchObject([{ name: 'old', interfaceVersion: '0.1.0' }]);
    store.audit.record({ actor: 'system', action: 'test', subject: 'x', details: {} });
    expect(store.audit.read().items).toHaveLength(1);
  });

  test('a store of a newer version is refused and left as it is', async () => {
    const file = fileIn(temporaryFolder());
    await filled(file, 1);
    const database = openDatabase(file);
    database.run("INSERT INTO versions VALUES (99, 'of the future', 1)");
    database.close();
    const before = readFileSync(file);
    expect(codeOf(() => openStore({ file }))).toBe('STORE_TOO_NEW');
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe('a file that is no sound store', () => {
  test('that was cut short is refused', async () => {
    const file = fileIn(temporaryFolder());
    await filled(file);
    truncateSync(file, Math.floor(statSync(file).size / 2));
    expect(codeOf(() => openStore({ file }))).toBe('STORE_DAMAGED');
  });

  test('with a page overwritten is refused', async () => {
    const file = fileIn(temporaryFolder());
    await filled(file);
    const content = readFileSync(file);
    content.fill(0x5a, content.length - 8192, content.length - 4096);
    writeFileSync(file, content);
    expect(codeOf(() => openStore({ file }))).toBe('STORE_DAMAGED');
  });

  test('that is no database is refused and left as it is', () => {
    const file = fileIn(temporaryFolder());
    writeFileSync(file, 'something else entirely, '.repeat(1000));
    expect(codeOf(() => openStore({ file }))).toBe('STORE_INVALID');
    expect(readFileSync(file, 'utf8')).toBe('something else entirely, '.repeat(1000));
  });

  test("that is another program's database is refused", () => {
    const file = fileIn(temporaryFolder());
    new Libsql(file).exec('CREATE TABLE bookmarks (url TEXT)');
    expect(codeOf(() => openStore({ file }))).toBe('STORE_INVALID');
  });

  test('that is a folder is refused', () => {
    const file = fileIn(temporaryFolder());
    mkdirSync(file);
    expect(codeOf(() => openStore({ file }))).toBe('STORE_UNWRITABLE');
  });
});

test('a folder that cannot be written to is said to be so', (context) => {
  const folder = mounted('size=1m');
  if (folder === undefined) return context.skip('mounting takes root');
  spawnSync('mount', ['-o', 'remount,ro', folder]);
  expect(codeOf(() => openStore({ file: fileIn(folder) }))).toBe('STORE_UNWRITABLE');
});

test('a store whose folder has become unwritable is said to be so', (context) => {
  const folder = mounted('size=2m');
  if (folder === undefined) return context.skip('mounting takes root');
  // In another process: the driver keeps files open for a while, and then the mount stays as it is.
  const program = `import { openStore } from '#src/main/server/store/index.js';
    await openStore({ file: ${JSON.stringify(fileIn(folder))} }).close();`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', program]).status).toBe(0);
  expect(spawnSync('mount', ['-o', 'remount,ro', folder]).status).toBe(0);
  expect(codeOf(() => openStore({ file: fileIn(folder) }))).toBe('STORE_UNWRITABLE');
});

test('a full disk is said to be so, and nothing recorded is lost', async (context) => {
  const folder = mounted('size=2m');
  if (folder === undefined) return context.skip('mounting takes root');
  const file = fileIn(folder);
  const failures: SandpoolError[] = [];
  const store = openStore({ file, onFailure: (error) => failures.push(error) });
  addPlugin(store);
  const made: string[] = [];
  const code = codeOf(() => {
    for (;;) made.push(createRun(store, { fields: { filler: 'x'.repeat(2000) } }));
  });
  expect(code).toBe('STORE_FULL');
  expect(store.history.runs({ limit: 1 }).items[0]?.id).toBe(made.at(-1));
  // Events wait, within their bounds, and whoever brings more is told.
  let answer = 'taken';
  let taken = 0;
  for (; answer === 'taken'; taken += 1)
    answer = store.eventWriter.append({ type: 'note', data: 'y'.repeat(9000) });
  expect(taken).toBeLessThanOrEqual(513);
  expect(store.eventWriter.counts.refused).toBe(1);
  expect(codeOf(() => store.eventWriter.flush())).toBe('STORE_FULL');
  spawnSync('mount', ['-o', 'remount,size=16m', folder]);
  store.eventWriter.flush();
  expect(store.events.lastSequence()).toBe(taken - 1);
  await store.close();
  await using again = openStore({ file });
  expect(again.recovery.queuedRuns).toBe(made.length);
});

test('ids go on behind the last, also when the clock was set back', async () => {
  const clock = new TestClock();
  const file = fileIn(temporaryFolder());
  const first = openStore({ file, clock: clock.read });
  addPlugin(first);
  const before = createRun(first);
  await first.close();
  clock.nowMs -= 3_600_000;
  const store = temporaryStore(clock, file);
  expect(createRun(store) > before).toBe(true);
});
