// An embedded network in a process of its own, as a real one is: what it takes is not taken from the host.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { must } from './report.mjs';

/**
 * @param {number} count how many `kv` canisters it has, named kv-0 and up
 * @param {{ updateLatencyMs?: number, queryLatencyMs?: number }} [options]
 */
export async function startNetwork(count, options = {}) {
  const child = fork(new URL('./network-process.mjs', import.meta.url), [
    String(count),
    JSON.stringify(options),
  ]);
  const [network] = await once(child, 'message');
  /** How often the canisters have carried out a method. */
  const calls = async (kind, method) => {
    child.send('calls');
    const [all] = await once(child, 'message');
    return all[kind][method] ?? 0;
  };
  return {
    ...network,
    /** All that the network has counted. */
    async statistics() {
      child.send('statistics');
      const [statistics] = await once(child, 'message');
      return statistics;
    },
    /**
     * Does `work` and checks that `method` was carried out so many times meanwhile.
     * @param {{ kind: 'updates' | 'queries', method: string, times: number }} expected
     */
    async counted({ kind, method, times }, work) {
      const before = await calls(kind, method);
      const result = await work();
      const made = (await calls(kind, method)) - before;
      must(made === times, `${method} was carried out ${made} times, not ${times}`);
      return result;
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
