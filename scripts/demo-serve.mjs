// The service, on a bare machine: an embedded network with the 24 canisters of the orchard, a service that may reach them,
// and one sync on it, so that there is something to see. Prints the address and a token, and goes on until Ctrl-C.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalnet } from '../dist/main/localnet/index.js';
import { deployOrchard, ENVIRONMENT, orchardCanisters } from './orchard.mjs';
import { SANDPOOL, startServe } from './serve-process.mjs';

const folder = await mkdtemp(join(tmpdir(), 'sandpool-orchard-'));
const project = join(folder, 'orchard');
const canisters = (await orchardCanisters()).map(({ name, kind }) => ({ name, kind }));
const network = await startLocalnet({ canisters, updateLatencyMs: 200 });
let service;
// Ctrl-C reaches the service too, which ends in order; this waits for it.
const interrupted = new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
try {
  await deployOrchard(project, network);
  // The service may reach what is in the orchard, as somebody without a key.
  service = await startServe({
    network: 'local',
    at: network,
    identity: 'gardener',
    canisters: { orchard: network.canisters.map(({ id }) => id) },
    tokenName: 'demo',
  });
  const { url, token } = service;
  console.log(`embedded network at ${network.url}: ${canisters.length} canisters, 200 ms an update`);
  console.log(`$ sandpool --server ${url} sync --environment ${ENVIRONMENT} --identity gardener\n`);
  const sync = spawn(
    process.execPath,
    [SANDPOOL, '--server', url, 'sync', '--environment', ENVIRONMENT, '--identity', 'gardener'],
    { cwd: project, env: { ...process.env, SANDPOOL_TOKEN: token }, stdio: 'inherit' },
  );
  const [exitCode] = await once(sync, 'exit');
  if (exitCode !== 0) throw new Error(`the sync ended with ${exitCode}`);
  console.log(`\nThe page: ${url}\nThe token: ${token}\nCtrl-C ends both the service and the network.`);
  if (!process.argv.includes('--once')) await Promise.race([interrupted, service.exited]);
} finally {
  await service?.close();
  await network.close();
  await rm(folder, { recursive: true, force: true });
}
