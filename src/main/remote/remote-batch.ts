// One batch on a service, from the request to its end: each run's events go to its step. A sync that is cancelled
// cancels it there, and goes on listening until it has ended.

import { randomUUID } from 'node:crypto';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { BatchRequest, Run, ServiceClient } from '../client/index.js';
import { unexpectedAnswer } from '../client/service-error.js';
import type { SyncEventBody } from '../sync/sync-events.js';
import type { RemoteStep } from './remote-step.js';
import { untilDone } from './until-done.js';

/** What a batch needs. */
export interface RemoteBatchOptions {
  readonly client: ServiceClient;
  readonly request: BatchRequest;
  /** Cancels the batch. */
  readonly signal: AbortSignal;
  readonly emit: (event: SyncEventBody) => void;
  /** The step of the run that was asked for at this place. */
  readonly stepOf: (index: number, runId: string) => RemoteStep;
  /** Told when the turn of a step has come. */
  readonly onStarted: (step: RemoteStep) => void;
  /** Told when a step has ended: its report is there. */
  readonly onFinished: (step: RemoteStep) => void;
}

const PAGE = 1000;

/**
 * Makes the batch and follows it to its end.
 * @throws SandpoolError what the service refuses it with; SERVICE_UNREACHABLE, SERVICE_FAILED when it cannot be followed
 */
export async function runBatch(options: RemoteBatchOptions): Promise<void> {
  const { client, request, signal, emit, onStarted, onFinished } = options;
  const idempotencyKey = randomUUID();
  // Not given up half-way: whether it was made would be unknown.
  const batch = await untilDone(() => client.createBatch(request, { idempotencyKey }));
  const cancel = (): void => {
    untilDone(() => client.cancelBatch(batch.id)).catch((thrown: unknown) => {
      // It had ended by itself.
      if (thrown instanceof SandpoolError && thrown.code === 'RUN_STATE_CONFLICT') return;
      emit({ type: 'warning', message: `batch ${batch.id} could not be cancelled: ${describe(thrown)}` });
    });
  };
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    const steps = await stepsOf(batch.id, options);
    const ended = (step: RemoteStep): void => {
      if (step.report !== undefined) onFinished(step);
    };
    for await (const event of client.followEvents({ batch: batch.id })) {
      const step = 'run' in event ? steps.get(event.run) : undefined;
      if (step === undefined || step.report !== undefined) continue;
      if (event.type === 'run-started') onStarted(step);
      await step.event(event);
      ended(step);
    }
    for (const step of steps.values()) {
      if (step.report !== undefined) continue;
      await step.catchUp();
      ended(step);
    }
  } catch (thrown) {
    emit({ type: 'warning', message: `batch ${batch.id} may still go on on the service` });
    throw thrown;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** The steps by the ids of their runs, which are in the order of the request. */
async function stepsOf(
  batch: string,
  { client, request, stepOf }: RemoteBatchOptions,
): Promise<ReadonlyMap<string, RemoteStep>> {
  const runs: Run[] = [];
  for (let before: string | undefined; ; ) {
    const query = { batch, limit: PAGE, ...(before === undefined ? {} : { before }) };
    const { items, next } = await untilDone(() => client.listRuns(query));
    runs.push(...items);
    before = next;
    if (next === undefined) break;
  }
  runs.sort((left, right) => (left.id < right.id ? -1 : 1));
  const isAsAsked =
    runs.length === request.runs.length &&
    runs.every(({ canister }, index) => canister === request.runs[index]?.canister);
  if (!isAsAsked) throw unexpectedAnswer(client.url, `batch ${batch} has other runs than were asked for`);
  return new Map(runs.map(({ id }, index) => [id, stepOf(index, id)]));
}
