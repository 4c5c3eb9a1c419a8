// Writes down a sync as it happens, so that there is a report of it at any moment, however it ends.

import type { SandpoolError } from '../../bridge/errors.js';
import { shownUrl } from '../project/shown-url.js';
import type { SyncPlan } from './plan.js';
import {
  type CanisterDocument,
  FORCED_EXIT_CODE,
  REPORT_VERSION,
  type ReportDocument,
  type StepDocument,
} from './report-document.js';
import { errorReport, type StepDescription, type SyncEvent } from './sync-events.js';

/** What is known before anything has happened. */
export interface RecorderOptions {
  readonly command: ReportDocument['command'];
  /** The version of sandpool. */
  readonly version: string;
  /** Milliseconds of a clock that never goes back. */
  readonly clock?: () => number;
}

type Writable<Document> = { -readonly [Key in keyof Document]: Document[Key] };

interface RunningStep extends StepDescription {
  readonly step: number;
  readonly startedAt: number;
}

interface RecordedCanister extends Writable<Omit<CanisterDocument, 'steps'>> {
  readonly steps: StepDocument[];
  running: RunningStep | undefined;
  /** When its first step began. */
  begunAt: number | undefined;
  finished: boolean;
}

/** Makes a {@link ReportDocument} out of a plan and the events of its sync. */
export class ReportRecorder {
  readonly #options: RecorderOptions;
  readonly #clock: () => number;
  readonly #startedAt: number;
  readonly #startedOn = new Date().toISOString();
  readonly #canisters = new Map<string, RecordedCanister>();
  readonly #warnings: string[] = [];
  #plan: SyncPlan | undefined;
  #identity: string | undefined;
  #cancelled = false;
  #summary: Extract<SyncEvent, { type: 'summary' }> | undefined;
  #error: SandpoolError | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#startedAt = this.#clock();
  }

  /** This is what is going to be done. */
  planned(plan: SyncPlan): void {
    this.#plan = plan;
    for (const { name, id, steps } of plan.canisters) {
      this.#canisters.set(name, {
        canister: name,
        canisterId: id,
        outcome: 'skipped',
        durationMs: 0,
        plannedSteps: steps.length,
        steps: [],
        running: undefined,
        begunAt: undefined,
        finished: false,
      });
    }
  }

  /** It failed as a whole. */
  failed(error: SandpoolError): void {
    this.#error = error;
  }

  /** Takes note of an event. */
  event(event: SyncEvent): void {
    switch (event.type) {
      case 'plan':
        this.#identity = event.identity;
        break;
      case 'warning':
        this.#warnings.push(event.message);
        break;
      case 'step-started':
        this.#stepStarted(event);
        break;
      case 'step-finished':
        this.#stepFinished(event);
        break;
      case 'canister-finished':
        this.#canisterFinished(event);
        break;
      case 'cancelling':
        this.#cancelled = true;
        break;
      case 'summary':
        this.#summary = event;
        break;
      default:
    }
  }

  /**
   * The report as of now.
   * @param leftOver canisters of the environment that this sync was not about and that are not synced
   */
  document(leftOver: readonly string[] = []): ReportDocument {
    const ending = this.#ending();
    const { version, command } = this.#options;
    return {
      version: REPORT_VERSION,
      sandpool: version,
      command,
      startedAt: this.#startedOn,
      endedAt: new Date().toISOString(),
      durationMs: this.#clock() - this.#startedAt,
      ending,
      ok: this.#error === undefined && this.#summary?.ok === true,
      exitCode: this.#error?.exitCode ?? this.#summary?.exitCode ?? FORCED_EXIT_CODE,
      ...(this.#error === undefined ? {} : { error: errorReport(this.#error) }),
      ...this.#place(),
      ...(this.#identity === undefined ? {} : { identity: this.#identity }),
      canisters: [...this.#canisters.values()].map((canister) => this.#canisterDocument(canister)),
      withoutSteps: this.#plan?.withoutSteps ?? [],
      leftOver: leftOver.filter((name) => !this.#canisters.has(name)),
      warnings: this.#warnings,
    };
  }

  #ending(): ReportDocument['ending'] {
    // Signed calls can only have been made once the identity was known.
    if (this.#error !== undefined && this.#identity === undefined) return 'failed';
    if (this.#error !== undefined || this.#summary === undefined) return 'forced';
    return this.#cancelled && !this.#summary.ok ? 'cancelled' : 'finished';
  }

  #place(): Pick<ReportDocument, 'environment' | 'network' | 'proxyCanisterId'> {
    if (this.#plan === undefined) return {};
    const { environment, network, proxyCanisterId } = this.#plan;
    return {
      environment,
      network: { name: network.name, url: shownUrl(network.apiUrl) },
      ...(proxyCanisterId === undefined ? {} : { proxyCanisterId }),
    };
  }

  #stepStarted({ canister, step, kind, label }: Extract<SyncEvent, { type: 'step-started' }>): void {
    const recorded = this.#canisters.get(canister);
    if (recorded === undefined) return;
    const startedAt = this.#clock();
    recorded.begunAt ??= startedAt;
    recorded.running = { step, kind, label, startedAt };
  }

  #stepFinished(event: Extract<SyncEvent, { type: 'step-finished' }>): void {
    const { canister, step, kind, label, ok, error, statistics, updates } = event;
    const recorded = this.#canisters.get(canister);
    if (recorded === undefined) return;
    recorded.steps.push({
      step,
      kind,
      label,
      outcome: ok ? 'ok' : 'failed',
      ...(error === undefined ? {} : { error }),
      durationMs: recorded.running === undefined ? 0 : this.#clock() - recorded.running.startedAt,
      ...(statistics === undefined ? {} : { statistics }),
      updates,
    });
    recorded.running = undefined;
  }

  #canisterFinished(event: Extract<SyncEvent, { type: 'canister-finished' }>): void {
    const recorded = this.#canisters.get(event.canister);
    if (recorded === undefined) return;
    recorded.finished = true;
    recorded.outcome = event.outcome;
    recorded.durationMs = event.durationMs;
    if (event.error !== undefined) recorded.error = event.error;
  }

  #canisterDocument({ running, begunAt, finished, ...recorded }: RecordedCanister): CanisterDocument {
    if (finished || begunAt === undefined) return recorded;
    const now = this.#clock();
    const unfinished: StepDocument[] =
      running === undefined
        ? []
        : [
            {
              step: running.step,
              kind: running.kind,
              label: running.label,
              outcome: 'unfinished',
              durationMs: now - running.startedAt,
              updates: [],
            },
          ];
    const steps = [...recorded.steps, ...unfinished];
    return { ...recorded, outcome: 'cancelled', durationMs: now - begunAt, steps };
  }
}
