// Rebuilds fixtures/plugins/seed-data-c/plugin.wasm, which is in the tree because not every machine has a C
// toolchain for WebAssembly. Needs Debian's clang, lld, wasi-libc and libclang-rt-14-dev-wasm32.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew, preview1AdapterReactorPath } from '@bytecodealliance/jco';
import { C_PLUGIN_FOLDER, C_PLUGIN_KEY, keyOfCPlugin } from './fixtures/c-plugin.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
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
    [...flags, '-mexec-model=reactor', '-Wl,--strip-all', '-o', core, join(C_PLUGIN_FOLDER, 'plugin.c')],
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
  await writeFile(join(C_PLUGIN_FOLDER, 'plugin.wasm'), component);
  await writeFile(C_PLUGIN_KEY, `${await keyOfCPlugin()}\n`);
  console.log(`plugin.wasm: ${component.length} bytes`);
} finally {
  await rm(work, { recursive: true, force: true });
}
