// A store in a folder of its own, and inputs for its repositories.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { openStore, type Run, type RunInput, type Store } from '#src/main/server/store/index.js';

export const PLUGIN = 'ab'.repeat(32);
export const REQUEST_ID = 'cd'.repeat(32);
export const TOKEN = 'a-token';

/** A clock that stands still until it is moved. */
export class TestClock {
  nowMs = Date.UTC(2030, 0, 1);
  readonly read = () => this.nowMs;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store with one plugin, closed when the test is over. */
export function temporaryStore(clock = new TestClock(), file = join(temporaryFolder(), 'service.db')): Store {
  const failures: SandpoolError[] = [];
  const store = openStore({ file, clock: clock.read, onFailure: (error) => failures.push(error) });
  onTestFinished(async () => {
    await store.close();
    if (failures.length > 0) throw new AggregateError(failures, 'the store told of failures');
  });
  addPlugin(store);
  return store;
}

export function addPlugin(store: Store): void {
  store.plugins.add({
    sha256: PLUGIN,
    name: 'assets',
    sizeBytes: 10,
    interfaceVersion: '0.2.0',
    createdBy: TOKEN,
  });
}

export function input(changes: Partial<RunInput> = {}): RunInput {
  return {
    canisterId: 'aaaaa-aa',
    network: 'local',
    identity: 'anonymous',
    environment: 'local',
    pluginSha256: PLUGIN,
    fields: { greeting: 'hello' },
    limits: { computeBudgetMs: 1000 },
    step: { dirs: ['dist'] },
    ...changes,
  };
}

export function createRun(store: Store, changes: Partial<RunInput> = {}): string {
  return store.runs.create({ tokenId: TOKEN, input: input(changes) }).run.id;
}

/** The code of what `work` throws. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SandpoolError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

/** The code of what `work` is rejected with. */
export async function codeOfAsync(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return codeOf(() => {
    if (thrown !== undefined) throw thrown;
  });
}

/** The runs that wait, place after place. */
export function queuedRuns(store: Store): Run[] {
  return store.runs.waiting().flatMap((source) => store.runs.queuedIn(source, 1000));
}
