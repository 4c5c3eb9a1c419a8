// Runs through the library, in this process, over a network: what a program that embeds sandpool does.
import { bindHostFunctions, createCanisterClient, SandboxPool } from '../../dist/main/index.js';

/** A pool and a client for `network`, and runs of one plugin on them. */
export async function openLibrary({ network, plugin, threads, connections }) {
  const pool = await SandboxPool.create({ minThreads: threads, maxThreads: threads });
  const client = await createCanisterClient({
    url: network.url,
    rootKey: Buffer.from(network.rootKeyHex, 'hex'),
    ...(connections === undefined ? {} : { connections }),
  });
  const prepared = await pool.prepare({ bytes: plugin });
  return {
    pool,
    /** Runs the plugin on the first `count` canisters at once. @returns milliseconds until the last has ended */
    async runAll(count, parameter) {
      const startedAt = performance.now();
      const runs = network.canisters.slice(0, count).map(async ({ id }) => {
        const host = bindHostFunctions({ client, canisterId: id });
        const result = await pool.run(prepared, inputFor(id, client.principal, network.url, parameter), {
          host,
        });
        if (!result.ok) throw result.error;
      });
      await Promise.all(runs);
      return { elapsedMs: performance.now() - startedAt };
    },
    async close() {
      await pool.close();
      await client.close();
    },
  };
}

/** What a run is given; guests that take a parameter find it in the environment's name. */
function inputFor(canisterId, identityPrincipal, apiUrl, parameter) {
  return {
    canisterId,
    environment: `bench-${parameter}`,
    identityPrincipal,
    directories: [],
    files: [],
    apiUrl,
    fields: [],
    canisterIds: [],
  };
}
