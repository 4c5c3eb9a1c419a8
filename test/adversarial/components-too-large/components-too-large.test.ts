// Components that are small on disk and large when they are made: instances in their thousands, glue that doubles
// with each of twenty levels, memories and tables claimed from the start.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SandboxPool } from '#src/main/index.js';
import { attack, componentOf } from '../support/attack.js';
import { componentWith, doubled } from '../support/component-text.js';
import { poolForTests } from '../support/pool.js';
import { peakGrowth, TELLS_PEAK } from '../support/process-memory.js';

const MIB = 1024 * 1024;
const EMPTY = '(core module $m) (core instance (instantiate $m))';

const pool = poolForTests(['returns-ok']);

test.runIf(TELLS_PEAK)(
  '131,072 instances from a kilobyte are refused, and their glue stays out of this process',
  async () => {
    const bytes = await componentWith(doubled(17, EMPTY));
    expect(bytes.length).toBeLessThan(10_000);
    const growth = await peakGrowth(async () => {
      const preparing = expect(pool().prepare({ bytes })).rejects.toMatchObject({
        code: 'UNSUPPORTED_FEATURE',
        kind: 'user',
      });
      // Others go on meanwhile.
      expect((await attack(pool(), 'returns-ok')).ending).toBe('ok');
      await preparing;
    });
    expect(growth).toBeLessThan(80 * MIB);
  },
);

test('a translation that would take for ever ends with its pool', async () => {
  const closing = await SandboxPool.create({ maxThreads: 1 });
  const bytes = await componentWith(doubled(24, EMPTY));
  const preparing = expect(closing.prepare({ bytes })).rejects.toMatchObject({ code: 'POOL_CLOSED' });
  await new Promise((resolve) => setImmediate(resolve));
  await closing.close({ deadlineMs: 0 });
  await preparing;
});

test.each([
  ['8,192 core instances', doubled(13, EMPTY), 'UNSUPPORTED_FEATURE'],
  [
    '128 memories',
    doubled(7, '(core module $m (memory 1)) (core instance (instantiate $m))'),
    'UNSUPPORTED_FEATURE',
  ],
  [
    'a table of ten million',
    '(core module $m (table 10000000 funcref)) (core instance (instantiate $m))',
    'MEMORY_LIMIT_EXCEEDED',
  ],
  [
    '4 GiB of memory from the start',
    '(core module $m (memory 65536)) (core instance (instantiate $m))',
    'MEMORY_LIMIT_EXCEEDED',
  ],
])('%s are not made', async (_what, definitions, code) => {
  const plugin = await pool().prepare({ bytes: await componentWith(definitions) });
  const refuse = () => Promise.reject(new Error('it called'));
  const result = await pool().run(
    plugin,
    { canisterId: 'aaaaa-aa', environment: 'hostile', identityPrincipal: '2vxsx-fae' },
    { host: { canisterCall: refuse, canisterMetadataSection: refuse } },
  );
  expect(result).toMatchObject({ ok: false, error: { code } });
  expect(result.statistics.computeMs).toBeLessThan(2000);
  expect((await attack(pool(), 'returns-ok')).ending).toBe('ok');
});

test.each([
  ['64-bit memories', '(core module $m (memory i64 1)) (core instance (instantiate $m))', '64-bit memories'],
  [
    'shared memories',
    '(core module $m (memory 1 1 shared)) (core instance (instantiate $m))',
    'shared memories',
  ],
  [
    'several memories in a module',
    '(core module $m (memory 1) (memory 1)) (core instance (instantiate $m))',
    'several memories',
  ],
])('%s are refused by name', async (_what, definitions, feature) => {
  const bytes = await componentWith(definitions);
  await expect(pool().prepare({ bytes, name: 'p.wasm' })).rejects.toMatchObject({
    code: 'UNSUPPORTED_FEATURE',
    message: expect.stringContaining(feature),
  });
});

test('a component of 100 MB, nearly all of it padding, is a component', async () => {
  const bytes = await componentOf('returns-ok');
  const size = 100 * MIB;
  const lengths = [
    (size & 0x7f) | 0x80,
    ((size >> 7) & 0x7f) | 0x80,
    ((size >> 14) & 0x7f) | 0x80,
    (size >> 21) & 0x7f,
  ];
  const padding = new Uint8Array(size);
  padding.set([3, 0x70, 0x61, 0x64]);
  const padded = Buffer.concat([bytes, Buffer.from([0, ...lengths]), padding]);
  await expect(pool().prepare({ bytes: padded })).resolves.toMatchObject({ bytes: padded.length });
});

test('a file of more than 256 MB is not looked at', async () => {
  await expect(pool().prepare({ bytes: new Uint8Array(256 * MIB + 1) })).rejects.toMatchObject({
    code: 'PLUGIN_TOO_LARGE',
  });
});

test.runIf(TELLS_PEAK)(
  'a plugin’s path that leads to a pipe, a device or a sparse terabyte is not read',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'too-large-'));
    execFileSync('mkfifo', [join(folder, 'pipe.wasm')]);
    symlinkSync('/dev/zero', join(folder, 'device.wasm'));
    writeFileSync(join(folder, 'sparse.wasm'), '');
    truncateSync(join(folder, 'sparse.wasm'), 2 ** 40);
    try {
      const growth = await peakGrowth(async () => {
        for (const name of ['pipe.wasm', 'device.wasm']) {
          await expect(pool().prepare({ path: join(folder, name), name })).rejects.toMatchObject({
            code: 'PLUGIN_UNREADABLE',
            details: { path: name, reason: 'it is not a regular file' },
          });
        }
        await expect(pool().prepare({ path: join(folder, 'sparse.wasm') })).rejects.toMatchObject({
          code: 'PLUGIN_TOO_LARGE',
        });
      });
      expect(growth).toBeLessThan(30 * MIB);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
