// A network in a process of its own: see network.mjs.
import { startLocalnet } from '../../dist/main/localnet/index.js';

const [count, options] = process.argv.slice(2).map((argument) => JSON.parse(argument));
const canisters = Array.from({ length: count }, (_, index) => ({ kind: 'kv', name: `kv-${index}` }));
const network = await startLocalnet({ ...options, canisters });
const { url, rootKeyHex } = network;
process.on('message', (asked) => {
  const statistics = network.statistics();
  process.send(asked === 'statistics' ? statistics : updatesOf(statistics));
});
process.once('disconnect', () => network.close());
process.send({ url, rootKeyHex, canisters: network.canisters });

/** How many updates and queries of each method the canisters have carried out. */
function updatesOf({ canisters: all }) {
  const total = { updates: {}, queries: {} };
  for (const counts of Object.values(all)) {
    for (const kind of ['updates', 'queries']) {
      for (const [method, count] of Object.entries(counts[kind])) {
        total[kind][method] = (total[kind][method] ?? 0) + count;
      }
    }
  }
  return total;
}
