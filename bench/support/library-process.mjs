// The library in a process of its own: see library-in-process.mjs. Does a round of runs for each message.
import { buildGuest } from '../../fixtures/guests.mjs';
import { openLibrary } from './library.mjs';

const { network, threads, updates } = JSON.parse(process.argv[2]);
const plugin = await buildGuest('calls-update', '0.2');
const library = await openLibrary({ network, plugin, threads });
process.on('message', async () => {
  const before = process.cpuUsage();
  const { elapsedMs } = await library.runAll(network.canisters.length, updates);
  const { user, system } = process.cpuUsage(before);
  process.send({ elapsedMs, cpuMs: (user + system) / 1000 });
});
process.once('disconnect', () => library.close());
process.send('ready');
