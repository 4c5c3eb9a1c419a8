// A process that nothing keeps alive ends, whatever its command waits for. It must not end as if all were done.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../support/folder.js';
import { sandpool } from './command-line.js';

test('a command that waits for what never comes ends as a defect', async () => {
  using folder = makeFolder();
  const preload = join(folder.path, 'preload.cjs');
  writeFileSync(
    preload,
    `const { prototype } = require('node:worker_threads').Worker;
     const { terminate } = prototype;
     prototype.terminate = function () {
       // Those of the pool have a stack of their own size.
       if (this.resourceLimits.stackSizeMb !== 4) return terminate.call(this);
       this.unref();
       return new Promise(() => {});
     };`,
  );
  const words = ['run', 'absent.wasm', '--canister', 'aaaaa-aa', '--network', 'http://[::1]:1'];
  const { exitCode, stderr } = await sandpool(words, folder.path, { NODE_OPTIONS: `--require ${preload}` });
  expect(stderr).toContain('the command waits for what will never come');
  expect(exitCode).toBe(70);
});
