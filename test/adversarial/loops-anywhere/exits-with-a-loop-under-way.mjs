// Starts the guest that its argument names, which never ends, and exits with 7 as soon as it is under way.

import { SandboxPool } from '#src/main/index.js';
import { buildGuest } from '../../../fixtures/guests.mjs';

const [name] = process.argv.slice(2);
const pool = await SandboxPool.create({ maxThreads: 1 });
const plugin = await pool.prepare({ bytes: await buildGuest(name) });
const refuse = async () => ({ tag: 'err', val: 'there is no canister' });
await pool.run(
  plugin,
  { canisterId: 'aaaaa-aa', environment: 'test', identityPrincipal: '2vxsx-fae' },
  {
    host: { canisterCall: refuse, canisterMetadataSection: refuse },
    onEvent: () => setImmediate(() => process.exit(7)),
  },
);
