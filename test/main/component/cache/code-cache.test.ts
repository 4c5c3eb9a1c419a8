import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CodeCache } from '#src/main/component/cache/code-cache.js';
import { SandboxPool } from '#src/main/index.js';
import { threadStart } from '#src/main/pool/thread-start.js';
import { buildGuest } from '../../../../fixtures/guests.mjs';
import { makeFolder, type TestFolder } from '../../../support/folder.js';
import { hostAnswering, inputFor } from '../../../support/host.js';

const SCRIPT = '(() => { function neverCalled(a, b) { return [a, b, "für"]; } return neverCalled; })()';

let folder: TestFolder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder[Symbol.dispose]());

/** Has it compiled and kept, as one process would for the next. */
async function keep(script: string): Promise<void> {
  const codes = new CodeCache(folder.path);
  expect(codes.read(script)).toBeUndefined();
  await codes.complete();
}

const read = (script: string): Uint8Array | undefined => new CodeCache(folder.path).read(script);

/** Whether the engine takes it for what it once made of the script: on a thread, since this one remembers what it compiled. */
async function isTaken(script: string, code: Uint8Array | undefined): Promise<boolean> {
  const thread = new Worker(
    `const { parentPort, workerData: { script, code } } = require('node:worker_threads');
     const { Script } = require('node:vm');
     parentPort.postMessage(new Script(script, { cachedData: code }).cachedDataRejected);`,
    { eval: true, workerData: { script, code } },
  );
  const [isRejected] = await once(thread, 'message');
  return !isRejected;
}

function onlyFile(): string {
  const names = readdirSync(join(folder.path, 'code'));
  expect(names).toHaveLength(1);
  return join(folder.path, 'code', names[0] as string);
}

test('what was compiled of a script is there for the next process, and the engine takes it', async () => {
  await keep(SCRIPT);
  const code = read(SCRIPT) as Uint8Array;
  expect(await isTaken(SCRIPT, code)).toBe(true);
  // All functions of it: a script that has not been seen yet is compiled but for them.
  const unseen = `${SCRIPT} // unseen`;
  expect(code.length).toBeGreaterThan(new Script(unseen).createCachedData().length);
});

test('each is told apart by every character', async () => {
  await keep(SCRIPT);
  expect(read(SCRIPT.replace('für', 'vor'))).toBeUndefined();
});

test('one that is too long to be compiled in passing is not kept', async () => {
  await keep(`${SCRIPT} // ${'x'.repeat(1024 * 1024)}`);
  expect(readdirSync(folder.path)).toEqual([]);
});

test('one that cannot be compiled is not kept', async () => {
  await keep('(() => {');
  expect(read('(() => {')).toBeUndefined();
});

describe('not used, and made anew, is a file', () => {
  test.each<[string, (file: string) => void]>([
    [
      'with a changed byte',
      (file) => {
        const content = readFileSync(file);
        content.writeUInt8(content.readUInt8(content.length - 40) ^ 1, content.length - 40);
        writeFileSync(file, content);
      },
    ],
    ['that is cut short', (file) => writeFileSync(file, readFileSync(file).subarray(0, 100))],
    ['that is empty', (file) => writeFileSync(file, '')],
    ['that others could have written', (file) => chmodSync(file, 0o666)],
  ])('%s', async (_, spoil) => {
    await keep(SCRIPT);
    spoil(onlyFile());
    await keep(SCRIPT);
    expect(await isTaken(SCRIPT, read(SCRIPT))).toBe(true);
  });

  test("that is another script's", async () => {
    const other = SCRIPT.replace('für', 'vor');
    await keep(SCRIPT);
    const file = onlyFile();
    await keep(other);
    const others = readdirSync(join(folder.path, 'code')).find((name) => !file.endsWith(name)) as string;
    renameSync(join(folder.path, 'code', others), file);
    expect(read(SCRIPT)).toBeUndefined();
  });
});

describe('a pool', () => {
  async function runOnce(): Promise<{ ok: boolean; hasCompiledGlue: boolean }> {
    await using pool = await SandboxPool.create({ cacheFolder: folder.path });
    const plugin = await pool.prepare({ bytes: await buildGuest('returns-ok') });
    const { ok } = await pool.run(plugin, inputFor('returns-ok'), { host: hostAnswering() });
    return { ok, hasCompiledGlue: plugin.compiledGlue !== undefined };
  }

  test('gives its threads what an earlier one has compiled of their script and of the glue', async () => {
    expect(await runOnce()).toEqual({ ok: true, hasCompiledGlue: false });
    expect(await runOnce()).toEqual({ ok: true, hasCompiledGlue: true });
    const { script, code } = threadStart(new CodeCache(folder.path));
    expect(await isTaken(script, code)).toBe(true);
  });

  test('runs without it as well', async () => {
    await runOnce();
    for (const name of readdirSync(join(folder.path, 'code')))
      writeFileSync(join(folder.path, 'code', name), 'what is this?');
    expect(await runOnce()).toEqual({ ok: true, hasCompiledGlue: false });
  });
});
