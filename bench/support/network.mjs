// An embedded network in a process of its own, as a real one is: what it takes is not taken from the host.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * @param {number} count how many `kv` canisters it has, named kv-0 and up
 * @param {{ updateLatencyMs?: number, queryLatencyMs?: number }} [options]
 */
export async function startNetwork(count, options = {}) {
  const canisters = Array.from({ length: count }, (_, index) => ({ kind: 'kv', name: `kv-${index}` }));
  const child = fork(new URL('./network-process.mjs', import.meta.url), [
    JSON.stringify({ ...options, canisters }),
  ]);
  const [network] = await once(child, 'message');
  return {
    ...network,
    /** How often the canisters have carried out each method: `{ updates, queries }` by name. */
    async calls() {
      child.send('calls');
      const [calls] = await once(child, 'message');
      return calls;
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
