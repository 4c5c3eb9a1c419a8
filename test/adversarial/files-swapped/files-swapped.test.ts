// What is on disk changes under the guest: another process exchanges files and directories for links to the outside
// as fast as it can, a directory is replaced while the guest has it open, and the granted directory itself becomes
// a link. What was inside when it was opened is all there is to read.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attack, componentOf } from '../support/attack.js';
import { broughtOut, type Folder, makeFolder, SECRET } from '../support/folder.js';
import { poolForTests } from '../support/pool.js';

const OPENS = 600;
const SWAPPER = fileURLToPath(new URL('../../worker/wasi/support/swapper.mjs', import.meta.url));

const OPENS_AGAIN_AND_AGAIN = `;; Opens the path in the first declared file ${OPENS} times, printing what it reads each time that it can.

(import "wasi:filesystem/types@WASI" "[resource-drop]descriptor" (func $drop-descriptor (param i32)))

(func $run (result i32)
  (local $left i32) (local $directory i32) (local $found i32)
  (local.set $left (i32.const ${OPENS}))
  (local.set $directory (call $directory))
  (loop $again
    (call $open-at
      (local.get $directory) (i32.const 1) (call $first-file) (i32.const 0) (i32.const 1) (i32.const 64))
    (if (i32.eqz (i32.load8_u (i32.const 64)))
      (then
        (local.set $found (i32.load (i32.const 68)))
        (global.set $heap (i32.const 65536))
        (drop (call $print-descriptor (local.get $found)))
        (call $print (text "\\n"))
        (call $drop-descriptor (local.get $found))))
    (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $ok))
`;
const OPENS_AFTER_A_CALL = `;; Opens the directory "rows", makes a query, and then reads "secret.txt" in the directory that it has open.

(func $run (result i32)
  (local $rows i32)
  (call $open-at (call $directory) (i32.const 1) (text "rows") (i32.const 2) (i32.const 1) (i32.const 64))
  (if (i32.load8_u (i32.const 64)) (then (return (call $error (text "there are no rows")))))
  (local.set $rows (i32.load (i32.const 68)))
  (drop (call $query (text "count") (text "DIDL\\00\\00")))
  (call $open-at (local.get $rows) (i32.const 1) (text "secret.txt") (i32.const 0) (i32.const 1) (i32.const 64))
  (if (i32.load8_u (i32.const 64)) (then (return (call $refused (i32.load8_u (i32.const 68))))))
  (drop (call $print-descriptor (i32.load (i32.const 68))))
  (call $ok))
`;

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const pool = poolForTests([OPENS_AGAIN_AND_AGAIN, OPENS_AFTER_A_CALL, 'reads-path']);

/** As swapper.mjs needs it. */
function layForSwapping({ granted, path }: Folder): void {
  for (const [top, text] of [
    [granted, 'from inside'],
    [join(path, 'beside'), SECRET],
  ] as const) {
    mkdirSync(join(top, 'deep/a/b'), { recursive: true });
    mkdirSync(join(top, 'directory'), { recursive: true });
    for (const file of ['directory/content', 'content', 'deep/a/b/content', 'file-spare'])
      writeFileSync(join(top, file), text);
  }
  mkdirSync(join(path, 'beside/b'));
  writeFileSync(join(path, 'beside/b/content'), SECRET);
  symlinkSync('../beside', join(granted, 'directory-link'));
  symlinkSync('../beside/content', join(granted, 'file-link'));
  symlinkSync(join(path, 'beside'), join(granted, 'deep/link'));
}

test('links swapped in at any moment lead nowhere', async () => {
  layForSwapping(folder);
  const swapper = spawn(process.execPath, [SWAPPER, folder.granted], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(swapper.stdout, 'data');
    for (const path of ['directory/content', 'file', 'deep/a/b/content']) {
      const outcome = await attack(pool(), OPENS_AGAIN_AND_AGAIN, { directory: folder.granted, file: path });
      expect(outcome.ending).toBe('ok');
      expect(broughtOut(outcome)).not.toContain(SECRET);
      expect(outcome.stdout).toContain('from inside');
    }
  } finally {
    swapper.stdin.end();
    await once(swapper, 'exit');
  }
});

test('a directory replaced by a link while it is open stays what it was', async () => {
  const { granted } = folder;
  mkdirSync(join(granted, 'rows'));
  const outcome = await attack(pool(), OPENS_AFTER_A_CALL, {
    directory: granted,
    host: {
      canisterCall: async () => {
        renameSync(join(granted, 'rows'), join(granted, 'rows-before'));
        symlinkSync('../beside', join(granted, 'rows'));
        return { tag: 'ok', val: new Uint8Array() };
      },
    },
  });
  const NO_ENTRY = 20;
  expect(outcome.ending).toBe(`error: refused with ${NO_ENTRY}`);
  expect(broughtOut(outcome)).not.toContain(SECRET);
});

test('a directory moved out of the grant while it is open does not take the guest along', async () => {
  const { granted, path } = folder;
  mkdirSync(join(granted, 'rows'));
  symlinkSync('../secret.txt', join(granted, 'rows/secret.txt'));
  const outcome = await attack(pool(), OPENS_AFTER_A_CALL, {
    directory: granted,
    host: {
      canisterCall: async () => {
        renameSync(join(granted, 'rows'), join(path, 'rows'));
        return { tag: 'ok', val: new Uint8Array() };
      },
    },
  });
  expect(outcome.ending).toMatch(/^error: refused with/);
  expect(broughtOut(outcome)).not.toContain(SECRET);
});

test('a granted directory that has become a link is not entered', async () => {
  const { granted } = folder;
  rmSync(granted, { recursive: true });
  symlinkSync('beside', granted);
  const plugin = await pool().prepare({ bytes: await componentOf('reads-path') });
  const result = await pool().run(
    plugin,
    {
      canisterId: 'aaaaa-aa',
      environment: 'hostile',
      identityPrincipal: '2vxsx-fae',
      files: [{ key: '', name: 'input.txt', content: 'secret.txt' }],
      directories: [{ key: '', guestPath: 'data', root: folder.path, path: 'granted' }],
    },
    {
      host: {
        canisterCall: () => Promise.reject(new Error('it ran')),
        canisterMetadataSection: () => Promise.reject(new Error('it ran')),
      },
      onEvent: ({ type }) => expect(type).toBe('started'),
    },
  );
  expect(result).toMatchObject({ ok: false, error: { code: 'PATH_THROUGH_LINK' } });
});
