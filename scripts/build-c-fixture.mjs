// Rebuilds fixtures/plugins/seed-data-c/plugin.wasm, which is in the tree because not every machine has a C
// toolchain for WebAssembly. Needs Debian's clang, lld, wasi-libc and libclang-rt-14-dev-wasm32.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew, preview1AdapterReactorPath } from '@bytecodealliance/jco';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, 'fixtures/plugins/seed-data-c');
const work = await mkdtemp(join(tmpdir(), 'seed-data-c-'));
try {
  const core = join(work, 'core.wasm');
  const flags = [
    '--target=wasm32-wasi',
    '--sysroot=/usr',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-D_GNU_SOURCE',
  ];
  execFileSync(
    'clang',
    [...flags, '-mexec-model=reactor', '-Wl,--strip-all', '-o', core, join(folder, 'plugin.c')],
    {
      stdio: 'inherit',
    },
  );
  const embedded = await componentEmbed({
    binary: await readFile(core),
    witSource: await readFile(join(root, 'wit/0.1.0/sync-plugin.wit'), 'utf8'),
    world: 'sync-plugin',
  });
  const adapter = await readFile(preview1AdapterReactorPath());
  const component = await componentNew(embedded, [['wasi_snapshot_preview1', adapter]]);
  await writeFile(join(folder, 'plugin.wasm'), component);
  console.log(`plugin.wasm: ${component.length} bytes`);
} finally {
  await rm(work, { recursive: true, force: true });
}
