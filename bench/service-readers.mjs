// Do 200 readers of events, 50 of which take nothing, make a batch slower, or the service larger?
import { openReaders } from './support/event-readers.mjs';
import { startNetwork } from './support/network.mjs';
import { inTurn, median, must, report, size } from './support/report.mjs';
import { BatchService } from './support/service-batches.mjs';

const RUNS = size(500, 40);
const ROUNDS = size(3, 1);
const READERS = size(200, 20);
const STALLED = size(50, 5);
const UPDATES = size(6, 2);
const CONCURRENCY = 16;
/** As a network has it: a run waits for it, and what readers cost is beside that. */
const UPDATE_LATENCY_MS = size(50, 0);
const MOST_SLOWER_PERCENT = 5;
/** What waits in the connections of those that stall is bounded; the heap wanders by more than that. */
const MOST_MORE_MIB = 64;
const MIB = 2 ** 20;

const network = await startNetwork(RUNS, { updateLatencyMs: UPDATE_LATENCY_MS });
const service = await BatchService.start({ network, concurrency: CONCURRENCY, updates: UPDATES });
const alone = { elapsed: [], cpu: [], peak: [] };
const watched = { elapsed: [], cpu: [], peak: [] };
let streamBytes = 0;
let lastSequence = 0;
try {
  const warmUp = await service.run();
  lastSequence = (await service.eventsOf(warmUp.id)).at(-1);
  await inTurn(ROUNDS, {
    alone: async () => {
      const done = await service.run();
      lastSequence = (await service.eventsOf(done.id)).at(-1);
      return take(alone, done);
    },
    watched: async () => {
      const readers = await openReaders(service.process, { count: READERS, stalled: STALLED, lastSequence });
      const done = await service.run();
      const told = await service.eventsOf(done.id);
      lastSequence = told.at(-1);
      readers.resume();
      checkReaders(await readers.received(lastSequence), told);
      await readers.close();
      return take(watched, done);
    },
  });
  const noise = (Math.max(...alone.elapsed) / Math.min(...alone.elapsed) - 1) * 100;
  report({
    question: `${READERS} readers of events, ${STALLED} of which take nothing, during a batch of ${RUNS} runs`,
    figures: [
      { name: 'a batch without readers', unit: 's', values: alone.elapsed },
      { name: 'a batch with readers', unit: 's', values: watched.elapsed },
      {
        name: 'slower with readers',
        unit: '%',
        values: [(median(watched.elapsed) / median(alone.elapsed) - 1) * 100],
        atMost: MOST_SLOWER_PERCENT,
      },
      { name: 'batches without readers, the slowest over the fastest', unit: '%', values: [noise] },
      { name: 'processor time of the service, without', unit: 's', values: alone.cpu },
      { name: 'processor time of the service, with', unit: 's', values: watched.cpu },
      { name: 'most memory of the service, without', unit: 'MiB', values: alone.peak },
      { name: 'most memory of the service, with', unit: 'MiB', values: watched.peak },
      {
        name: 'most memory, with over without',
        unit: 'MiB',
        values: [median(watched.peak) - median(alone.peak)],
        atMost: MOST_MORE_MIB,
      },
      { name: 'sent to each reader', unit: 'MiB', values: [streamBytes / MIB] },
    ],
    remarks: [
      'Without, with, without, with. The readers have a process of their own, on the same processors as all else.',
      'Each of them got every event once and in order, those that stalled when they began to read again.',
    ],
  });
} finally {
  await service.close();
  await network.close();
}

function take(into, { elapsedMs, cpuMs, peakBytes }) {
  into.elapsed.push(elapsedMs / 1000);
  into.cpu.push(cpuMs / 1000);
  into.peak.push(peakBytes / MIB);
  return elapsedMs / 1000;
}

function checkReaders(readers, told) {
  const wanted = told.join();
  readers.forEach(({ sequences, isStalled, bytes }, index) => {
    const what = `reader ${index}${isStalled ? ', which had stalled,' : ''}`;
    must(sequences.join() === wanted, `${what} got ${sequences.length} of ${told.length} events`);
    streamBytes = Math.max(streamBytes, bytes);
  });
  must(readers.length === READERS, `${readers.length} readers`);
}
