// Ten canisters, five updates each in turn, 200 ms an update: what running them at once is worth.
// The least that can be is 1.0 s; asking whether the canisters run, as both hosts do first, is 0.2 s more. Beside it, where it runs, icp-cli on the same project, A B A B.
// Needs a build. Prints JSON; checks that every update was applied.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import wabt from 'wabt';
import { startLocalnet } from '../dist/main/localnet/index.js';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CANISTERS = 10;
const UPDATES = 5;
const root = fileURLToPath(new URL('../', import.meta.url));
const icpCli = join(root, 'node_modules/.icp-cli/node_modules/@icp-sdk/icp-cli-linux-x64/bin/icp');

const folder = await mkdtemp(join(tmpdir(), 'ten-canisters-'));
const canisters = Array.from({ length: CANISTERS }, (_, index) => ({ kind: 'kv', name: `kv-${index}` }));
const network = await startLocalnet({ canisters, updateLatencyMs: 200 });
const wallMs = { sandpool: [], 'icp-cli': [] };
try {
  await writeProject();
  for (let round = 0; round < ROUNDS; round++) {
    wallMs.sandpool.push(
      await timed(process.execPath, [join(root, 'dist/main/command/sandpool.js'), 'sync', '-e', 'bench']),
    );
    wallMs['icp-cli'].push(await timed(icpCli, ['sync', '-e', 'bench', '--identity', 'anonymous']));
  }
} finally {
  await network.close();
  await rm(folder, { recursive: true, force: true });
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const medians = { sandpool: median(wallMs.sandpool), 'icp-cli': median(wallMs['icp-cli']) };
console.log(
  JSON.stringify(
    {
      question: `${CANISTERS} canisters, ${UPDATES} updates each in turn at 200 ms`,
      machine: { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version },
      wallMs,
      medians,
      ratio: medians['icp-cli'] / medians.sandpool,
    },
    null,
    2,
  ),
);

/** Runs a command in the project, checks that each canister has had its updates, and gives its wall time. */
async function timed(command, args) {
  const before = updates();
  const home = join(folder, 'home');
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: home, ICP_HOME: join(home, 'icp'), DO_NOT_TRACK: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [exitCode] = await once(child, 'exit');
  const elapsed = performance.now() - startedAt;
  const sets = updates() - before;
  if (exitCode !== 0 || sets !== CANISTERS * UPDATES)
    throw new Error(`${command}: exit ${exitCode}, ${sets} updates`);
  return Math.round(elapsed);
}

/** How many times `set` has been called, by the network's own count. */
function updates() {
  const counts = Object.values(network.statistics().canisters).map((canister) => canister.updates.set ?? 0);
  return counts.reduce((sum, count) => sum + count, 0);
}

async function writeProject() {
  const names = canisters.map(({ name }) => name);
  const steps =
    'build: { steps: [{ type: script, commands: ["true"] }] }\n    sync: { steps: [{ type: plugin, path: p.wasm }] }';
  const manifest = `networks:
  - { name: embedded, mode: connected, url: "${network.url}", root-key: ${network.rootKeyHex} }
environments:
  - { name: bench, network: embedded }
canisters:
${names.map((name) => `  - name: ${name}\n    ${steps}`).join('\n')}
`;
  await writeFile(join(folder, 'icp.yaml'), manifest);
  await writeFile(join(folder, 'p.wasm'), await plugin());
  await mkdir(join(folder, '.icp/data/mappings'), { recursive: true });
  await mkdir(join(folder, 'home'));
  const ids = Object.fromEntries(network.canisters.map(({ name, id }) => [name, id]));
  await writeFile(join(folder, '.icp/data/mappings/bench.ids.json'), JSON.stringify(ids));
}

/** A 2 KB plugin that calls `set("a", "b")` five times, and traps when a call fails. */
async function plugin() {
  const wat = `(module
    (import "$root" "canister-call" (func $call (param i32 i32 i32 i32 i32 i32 i64 i32)))
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 4096))
    (data (i32.const 1024) "set") (data (i32.const 1040) "DIDL\\00\\02\\71\\71\\01a\\01b")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $heap)
      (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get 3)) (i32.const 15)) (i32.const -16))))
    (func (export "exec") (param ${'i32 '.repeat(13)}) (result i32) (local $left i32)
      (local.set $left (i32.const ${UPDATES}))
      (loop $next
        (call $call (i32.const 1024) (i32.const 3) (i32.const 1040) (i32.const 12)
          (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 64))
        (if (i32.load8_u (i32.const 64)) (then (unreachable)))
        (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (i32.const 8)))`;
  const module = (await wabt()).parseWat('plugin.wat', wat);
  const witSource = await readFile(join(root, 'wit/0.1.0/sync-plugin.wit'), 'utf8');
  return componentNew(
    await componentEmbed({ binary: module.toBinary({}).buffer, witSource, world: 'sync-plugin' }),
    [],
  );
}
