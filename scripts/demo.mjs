// The main job, on a bare machine: syncs the 24 canisters of the orchard in parallel over the embedded network,
// then reads back through queries that every record arrived exactly once. Exits 0 when it did.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocalnet } from '../dist/main/localnet/index.js';
import {
  actualContent,
  deployOrchard,
  differences,
  ENVIRONMENT,
  expectedContent,
  orchardCanisters,
} from './orchard.mjs';

const bin = fileURLToPath(new URL('../dist/main/command/sandpool.cjs', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sandpool-demo-'));
const canisters = (await orchardCanisters()).map(({ name, kind }) => ({ name, kind }));
const network = await startLocalnet({ canisters, updateLatencyMs: 200 });
try {
  await deployOrchard(folder, network);
  console.log(
    `embedded network at ${network.url}: ${canisters.length} canisters, 200 ms an update, certificates verified`,
  );
  console.log(`$ sandpool sync --environment ${ENVIRONMENT}\n`);
  const sync = spawn(process.execPath, [bin, 'sync', '--environment', ENVIRONMENT], {
    cwd: folder,
    // Nobody's identity, whichever icp-cli has as its default here.
    env: { ...process.env, ICP_HOME: join(folder, '.icp-home') },
    stdio: 'inherit',
  });
  // Ctrl-C reaches both: the command line answers it, and this waits for what it says.
  process.on('SIGINT', () => {});
  const [exitCode] = await once(sync, 'exit');
  process.exitCode = exitCode ?? 130;
  if (exitCode === 0) await report();
} finally {
  await network.close();
  await rm(folder, { recursive: true, force: true });
}

async function report() {
  const expected = await expectedContent();
  const wrong = differences(expected, await actualContent(network));
  const total = [...expected.values()].reduce((sum, content) => sum + content.size, 0);
  if (wrong.length > 0) {
    console.error(`\n${wrong.length} of ${total} records are not as they should be:\n${wrong.join('\n')}`);
    process.exitCode = 1;
    return;
  }
  console.log(
    `\nread back: all ${total} records and assets of ${expected.size} canisters arrived, each exactly once`,
  );
}
