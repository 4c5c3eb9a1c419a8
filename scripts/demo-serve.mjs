// The service, on a bare machine: an embedded network with the 24 canisters of the orchard, a service that may reach them,
// and one sync on it, so that there is something to see. Prints the address and a token, and goes on until Ctrl-C.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalnet } from '../dist/main/localnet/index.js';
import { deployOrchard, ENVIRONMENT, orchardCanisters } from './orchard.mjs';

const bin = fileURLToPath(new URL('../dist/main/command/sandpool.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sandpool-serve-'));
const project = join(folder, 'orchard');
const config = join(folder, 'sandpool.yaml');
const canisters = (await orchardCanisters()).map(({ name, kind }) => ({ name, kind }));
const network = await startLocalnet({ canisters, updateLatencyMs: 200 });
let service;
// Ctrl-C reaches the service too, which ends in order; this waits for it.
const interrupted = new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
try {
  await deployOrchard(project, network);
  await writeFile(config, configuration());
  const words = ['token', 'create', 'demo', '--scope', 'admin', '--quiet', '--config', config];
  const bound = ['--identity', '*', '--network', '*', '--canisters', '*'];
  const token = (await promisify(execFile)(process.execPath, [bin, ...words, ...bound])).stdout.trim();
  service = spawn(process.execPath, [bin, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await firstLine(service);
  console.log(`embedded network at ${network.url}: ${canisters.length} canisters, 200 ms an update`);
  console.log(`$ sandpool --server ${url} sync --environment ${ENVIRONMENT} --identity gardener\n`);
  const sync = spawn(
    process.execPath,
    [bin, '--server', url, 'sync', '--environment', ENVIRONMENT, '--identity', 'gardener'],
    { cwd: project, env: { ...process.env, SANDPOOL_TOKEN: token }, stdio: 'inherit' },
  );
  const [exitCode] = await once(sync, 'exit');
  if (exitCode !== 0) throw new Error(`the sync ended with ${exitCode}`);
  console.log(`\nThe page: ${url}\nThe token: ${token}\nCtrl-C ends both the service and the network.`);
  if (!process.argv.includes('--once')) await Promise.race([interrupted, once(service, 'exit')]);
} finally {
  if (service?.exitCode === null) {
    service.kill('SIGTERM');
    await once(service, 'exit');
  }
  await network.close();
  await rm(folder, { recursive: true, force: true });
}

/** The service may reach what is in the orchard, as somebody without a key. */
function configuration() {
  const ids = network.canisters.map(({ id }) => `  - ${id}`).join('\n');
  return `listen: { port: 0 }
data: ./data
log: { level: warn }
identities:
  gardener: { anonymous: true }
networks:
  local: { url: '${network.url}', rootKey: ${network.rootKeyHex} }
canisters:
  orchard:
${ids.replaceAll('  -', '    -')}
`;
}

async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the service ended with ${code}`);
  });
  const [line] = await Promise.race([once(lines, 'line'), ended]);
  ended.catch(() => {});
  return line;
}
