// One step of one canister as a run of a service: the run's events become those of a sync, and its end a report.

import { describe, SandpoolError } from '../../bridge/errors.js';
import type { UpdateRecord } from '../canister/index.js';
import type { Run, ServiceClient, ServiceEvent } from '../client/index.js';
import { isErrorCode, reportedError } from '../client/service-error.js';
import type { PlannedCanister } from '../sync/plan.js';
import {
  errorReport,
  type StepDescription,
  type StepReference,
  type SyncEventBody,
} from '../sync/sync-events.js';
import type { StepReport } from '../sync/sync-report.js';
import type { WantedRun } from './batch-request.js';
import { untilDone } from './until-done.js';

type RunFinished = Extract<ServiceEvent, { type: 'run-finished' }>;
type UpdateShown = NonNullable<RunFinished['updates']>[number];

/** A line that goes on and on is told in parts of this. */
const LONGEST_LINE = 1024 * 1024;

/** The step of a run. */
export class RemoteStep {
  readonly canister: PlannedCanister;
  readonly #client: ServiceClient;
  readonly #runId: string;
  readonly #reference: StepReference;
  readonly #description: StepDescription;
  readonly #emit: (event: SyncEventBody) => void;
  /** What lines begin with whose rest is still to come. */
  readonly #begun = { stdout: '', stderr: '' };
  #report: StepReport | undefined;

  /** @param number which step of its canister, from 1 */
  constructor(
    { canister, step }: WantedRun,
    number: number,
    runId: string,
    client: ServiceClient,
    emit: (event: SyncEventBody) => void,
  ) {
    this.canister = canister;
    this.#client = client;
    this.#runId = runId;
    this.#reference = { canister: canister.name, canisterId: canister.id, step: number };
    this.#description = { kind: 'plugin', label: step.planned.label };
    this.#emit = emit;
  }

  /** Absent until it has ended. */
  get report(): StepReport | undefined {
    return this.#report;
  }

  /** Takes note of an event of its run. */
  async event(event: ServiceEvent): Promise<void> {
    switch (event.type) {
      case 'run-computing':
        this.#emit({ type: 'step-started', ...this.#reference, ...this.#description });
        break;
      case 'output':
        this.#output(event);
        break;
      case 'call-started': {
        const { call, kind, method, target } = event;
        this.#emit({ type: 'call-started', ...this.#reference, call, kind, method, target });
        break;
      }
      case 'call-ended': {
        const { call, durationMs, outcome } = event;
        const told = outcome === 'ok' || isErrorCode(outcome) ? outcome : 'SERVICE_FAILED';
        this.#emit({ type: 'call-ended', ...this.#reference, call, durationMs, outcome: told });
        break;
      }
      case 'events-lost': {
        const message = `canister ${this.canister.name}: ${event.count} events of step ${this.#reference.step} were lost`;
        this.#emit({ type: 'warning', message });
        break;
      }
      case 'run-finished':
        await this.#finished(event);
        break;
      case 'run-interrupted':
        await this.#finished({ state: 'interrupted' });
        break;
      default:
    }
  }

  /** Asks what came of the run, for when its last event never came. */
  async catchUp(): Promise<void> {
    if (this.#report !== undefined) return;
    await this.#finished(await untilDone(() => this.#client.getRun(this.#runId)));
  }

  #output({ stream, lines, partial }: Extract<ServiceEvent, { type: 'output' }>): void {
    const whole = [this.#begun[stream] + (lines[0] ?? ''), ...lines.slice(1)];
    const last = whole.at(-1) ?? '';
    this.#begun[stream] = partial === true && last.length < LONGEST_LINE ? (whole.pop() ?? '') : '';
    for (const line of whole) this.#emit({ type: 'output', ...this.#reference, stream, line });
  }

  async #finished(
    ending: Pick<Run, 'state' | 'error' | 'statistics'> & { readonly updates?: readonly UpdateShown[] },
  ): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const line = this.#begun[stream];
      if (line !== '') this.#emit({ type: 'output', ...this.#reference, stream, line });
    }
    const error = errorOf(ending, this.#client.url);
    const updates = (ending.updates ?? (await this.#listUpdates())).map(recordOf);
    const { statistics } = ending;
    const report = {
      ...this.#description,
      ...(error === undefined ? {} : { error }),
      ...(statistics === undefined ? {} : { statistics }),
      updates,
    };
    this.#report = report;
    this.#emit({
      type: 'step-finished',
      ...this.#reference,
      ...report,
      ok: error === undefined,
      ...(error === undefined ? {} : { error: errorReport(error) }),
    } as SyncEventBody);
  }

  async #listUpdates(): Promise<readonly UpdateShown[]> {
    try {
      return (await untilDone(() => this.#client.listUpdates(this.#runId))).items;
    } catch (thrown) {
      const message = `canister ${this.canister.name}: what became of its updates is not known: ${describe(thrown)}`;
      this.#emit({ type: 'warning', message });
      return [];
    }
  }
}

function errorOf({ state, error }: Pick<Run, 'state' | 'error'>, url: string): SandpoolError | undefined {
  if (state === 'succeeded') return undefined;
  if (error !== undefined) return reportedError(url, error);
  if (state === 'cancelled') return new SandpoolError('CANCELLED');
  if (state === 'interrupted') return new SandpoolError('RUN_INTERRUPTED');
  return reportedError(url, { code: state, message: 'the run ended without a reason', details: {} });
}

function recordOf({ number, canister: canisterId, method, state, requestId }: UpdateShown): UpdateRecord {
  return {
    number,
    canisterId,
    method,
    state,
    ...(requestId === undefined ? {} : { requestIdHex: requestId }),
  };
}
