// The library in a plain process that does nothing else: what a service is measured against.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** @param {{ network: object, threads: number, updates: number }} options */
export async function startLibrary({ network, ...options }) {
  const { url, rootKeyHex, canisters } = network;
  const child = fork(new URL('./library-process.mjs', import.meta.url), [
    JSON.stringify({ ...options, network: { url, rootKeyHex, canisters } }),
  ]);
  await once(child, 'message');
  return {
    /** One run for each canister. @returns {Promise<{ elapsedMs: number, cpuMs: number }>} */
    async run() {
      child.send('run');
      const [measured] = await once(child, 'message');
      return measured;
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
