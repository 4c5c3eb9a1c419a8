// What does a run cost that goes through the API of a service, over one that a program makes of the library? And does the
// service's memory stay as it is, from one batch to the next?
import { startLibrary } from './support/library-in-process.mjs';
import { startNetwork } from './support/network.mjs';
import { inTurn, report, size } from './support/report.mjs';
import { BatchService } from './support/service-batches.mjs';

const RUNS = size(1000, 40);
const ROUNDS = size(4, 1);
const UPDATES = 2;
const THREADS = 4;
/** Batches until the memory has settled: every thread has run, the store's cache and the heap have their size. */
const WARM_UPS = size(3, 1);
/** Of the memory after the batches before, from one batch to the next. */
const MOST_GROWTH_PERCENT = 3;
const MIB = 2 ** 20;

const network = await startNetwork(RUNS);
const service = await BatchService.start({ network, concurrency: THREADS, updates: UPDATES });
const library = await startLibrary({ network, threads: THREADS, updates: UPDATES });
try {
  const { cost, residentBytes } = await measure();
  const growth = residentBytes.slice(1).map((bytes, index) => percent(bytes, residentBytes[index]));
  console.error(`resident: ${residentBytes.map((bytes) => Math.round(bytes / MIB)).join(', ')} MiB`);
  report({
    question: `${RUNS.toLocaleString('en')} runs of ${UPDATES} updates each, as a batch through the API of a service`,
    figures: [
      figure('a run through the service', 'µs', cost.service.elapsed),
      figure('a run through the library', 'µs', cost.library.elapsed),
      figure('the service over the library', 'µs', differences(cost.service.elapsed, cost.library.elapsed)),
      figure(
        'the service over the library, processor time',
        'µs',
        differences(cost.service.cpu, cost.library.cpu),
      ),
      figure('processor time of a run, the service', 'µs', cost.service.cpu),
      figure('processor time of a run, the library', 'µs', cost.library.cpu),
      figure(
        'memory after a batch',
        'MiB',
        residentBytes.map((bytes) => bytes / MIB),
      ),
      { ...figure('memory, from one batch to the next', '%', growth), atMost: MOST_GROWTH_PERCENT },
    ],
    remarks: [
      'Service, library, service, library, each in a process of its own with as many threads, against one network.',
      'Every batch: all events there and in order; and in the end every canister is asked what it holds, and how often it was written.',
    ],
  });
} finally {
  await library.close();
  await service.close();
  await network.close();
}

async function measure() {
  let batches = 0;
  for (; batches < WARM_UPS; batches += 1) await service.checkEvents((await service.run()).id);
  await library.run();
  batches += 1;
  const cost = { service: { elapsed: [], cpu: [] }, library: { elapsed: [], cpu: [] } };
  const residentBytes = [];
  const perRun = (milliseconds) => (milliseconds * 1000) / RUNS;
  const take = (into, { elapsedMs, cpuMs }) => {
    into.elapsed.push(perRun(elapsedMs));
    into.cpu.push(perRun(cpuMs));
    return perRun(elapsedMs);
  };
  await inTurn(ROUNDS, {
    service: async () => {
      const done = await network.counted({ kind: 'updates', method: 'set', times: RUNS * UPDATES }, () =>
        service.run(),
      );
      const events = await service.checkEvents(done.id);
      residentBytes.push(service.process.memory.residentBytes);
      console.error(`${events} events; resident ${Math.round(residentBytes.at(-1) / MIB)} MiB`);
      batches += 1;
      return take(cost.service, done);
    },
    library: async () => {
      const done = await library.run();
      batches += 1;
      return take(cost.library, done);
    },
  });
  // As often as all of them have written it, and not once more.
  await service.checkCanisters(batches);
  return { cost, residentBytes };
}

function figure(name, unit, values) {
  return { name, unit, values };
}

function differences(these, those) {
  return these.map((value, index) => value - those[index]);
}

function percent(now, before) {
  return (100 * (now - before)) / before;
}
