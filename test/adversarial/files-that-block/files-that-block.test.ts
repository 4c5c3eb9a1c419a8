// Things that are no files: a FIFO would block the thread for good, and with it the exit of the process; a device
// would notice. They are refused without being opened.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TRIES_PATH } from '../files-outside/tries-path.js';
import { attack } from '../support/attack.js';
import { type Folder, makeFolder } from '../support/folder.js';
import { poolForTests } from '../support/pool.js';

const NOT_PERMITTED = 31;

let folder: Folder;
let server: Server;
beforeAll(async () => {
  folder = makeFolder();
  execFileSync('mkfifo', [join(folder.granted, 'fifo')]);
  server = createServer().listen(join(folder.granted, 'socket'));
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  folder.remove();
});

const pool = poolForTests(['reads-path', TRIES_PATH]);

test.runIf(process.platform === 'linux').each(['fifo', 'socket'])('a %s is refused at once', async (name) => {
  const { ending, result } = await attack(pool(), 'reads-path', { directory: folder.granted, file: name });
  expect(ending).toBe(`error: refused with ${NOT_PERMITTED}`);
  expect(result.statistics.waitingMs).toBe(0);
});

test.runIf(process.platform === 'linux').each(['zero', 'null', 'tty', 'ptmx', 'random', 'stdin', 'fd/0'])(
  'with all of /dev granted, %s is not opened',
  async (name) => {
    const { ending, stdout } = await attack(pool(), 'reads-path', { directory: '/dev', file: name });
    expect(ending).toMatch(/^error: refused with/);
    expect(stdout).toEqual([]);
  },
);

test('what is no file can be told by its metadata alone', async () => {
  const { ending } = await attack(pool(), TRIES_PATH, { directory: folder.granted, file: 'fifo' });
  expect(ending).toBe('error: 2 ways led somewhere');
});
