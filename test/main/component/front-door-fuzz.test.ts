// Components that were damaged at random: the front door, and all of preparing behind it, accept them or refuse
// them with an error of kind `user`. Never another error, a crash, a hang, or memory without bounds.
//
// SANDPOOL_TEST_SEED repeats a failure, SANDPOOL_TEST_SECONDS searches longer.

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { acceptPlugin } from '#src/main/component/front-door.js';
import { SandboxPool } from '#src/main/index.js';
import { buildGuest } from '../../../fixtures/guests.mjs';
import { dummyComponent, pluginWit } from '../../support/dummy-component.js';
import { damaged, joined, leb128, sectionsOf } from './support/damage.js';

const SEED = Number(process.env['SANDPOOL_TEST_SEED'] ?? 20_261_121);
const SECONDS = Number(process.env['SANDPOOL_TEST_SECONDS'] ?? 4);

/** One damaged component of a few KB takes under a millisecond; a hang is told from that on any machine. */
const LONGEST_MS = 2000;
const MOST_HEAP_BYTES = 256 * 1024 * 1024;

const originals: Uint8Array[] = [];

beforeAll(async () => {
  originals.push(
    await dummyComponent(pluginWit()),
    await buildGuest('returns-ok'),
    await buildGuest('calls-query', '0.2'),
    await buildGuest('prints-file', '0.2'),
  );
});

/** Refused as a user's mistake, with a message; or accepted. */
function isAnswer(error: unknown): boolean {
  return error instanceof SandpoolError && error.kind === 'user' && error.message.length < 4096;
}

test('the sections of a component put together again are the component', () => {
  for (const original of originals) expect(joined(sectionsOf(original))).toEqual(Buffer.from(original));
  expect(leb128(300, 2)).toEqual([0xac, 0x82, 0x80, 0x00]);
});

test('the front door answers whatever was done to a component', () => {
  let slowestMs = 0;
  let accepted = 0;
  let refused = 0;
  const heapBefore = process.memoryUsage().heapUsed;
  fc.assert(
    fc.property(damaged(originals), ({ bytes }) => {
      const startedAt = performance.now();
      try {
        acceptPlugin(bytes, 'p.wasm');
        accepted += 1;
      } catch (error) {
        if (!isAnswer(error)) throw error;
        refused += 1;
      }
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      return slowestMs < LONGEST_MS;
    }),
    {
      seed: SEED,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: SECONDS * 1000,
      markInterruptAsFailure: false,
    },
  );
  // Damage that is never noticed, or always at the first byte, would test nothing.
  expect(accepted).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(100);
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(MOST_HEAP_BYTES);
});

test('preparing answers whatever was done to a component that the front door let in', async () => {
  await using pool = await SandboxPool.create();
  let prepared = 0;
  let refused = 0;
  const letIn = damaged(originals).filter(({ bytes }) => {
    try {
      acceptPlugin(bytes, 'p.wasm');
      return true;
    } catch {
      return false;
    }
  });
  await fc.assert(
    fc.asyncProperty(letIn, async ({ bytes }) => {
      try {
        await pool.prepare({ bytes });
        prepared += 1;
      } catch (error) {
        if (!isAnswer(error)) throw error;
        refused += 1;
      }
    }),
    { seed: SEED, numRuns: 1000, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false },
  );
  expect(prepared + refused).toBeGreaterThan(0);
});
