// What is written down of a sync: one JSON document. This file is the schema, and docs/sync-report.schema.json is made
// from it. The document is made by report-recorder.ts.

import type { UpdateRecord } from '../canister/index.js';
import type { RunStatistics } from '../pool/run-types.js';
import type { CanisterOutcome, ErrorReport, StepDescription } from './sync-events.js';

/** The present version of {@link ReportDocument}. */
export const REPORT_VERSION = 1;

/** What a shell says of a command that the second signal ended: 128 and the number of SIGKILL. */
export const FORCED_EXIT_CODE = 137;

/**
 * The report of a sync. Durations end in `Ms` and are milliseconds; sizes end in `Bytes`, ids are textual principals,
 * hashes and request ids are hex.
 */
export interface ReportDocument {
  /** Of this format. A change that a reader could stumble over raises it. */
  readonly version: 1;
  /** The version of sandpool that wrote it. */
  readonly sandpool: string;
  readonly command: 'sync' | 'run';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
  readonly durationMs: number;
  /**
   * `finished`: everything planned was tried. `cancelled`: ended in order before that. `failed`: nothing was begun,
   * `error` says why. `forced`: left at once, with updates perhaps under way.
   */
  readonly ending: 'finished' | 'cancelled' | 'failed' | 'forced';
  /** Whether every canister was synced. */
  readonly ok: boolean;
  /** What the command exits with. */
  readonly exitCode: number;
  /** What failed as a whole. What went wrong with a canister is told there. */
  readonly error?: ErrorReport;
  /** Absent when it failed before that was known. */
  readonly environment?: string;
  /** Absent when it failed before that was known. */
  readonly network?: NetworkDocument;
  /** The principal that calls were signed by. Absent when it failed before that was known. */
  readonly identity?: string;
  /** The canister that updates went through. */
  readonly proxyCanisterId?: string;
  /** Those with steps, in the order of the plan. */
  readonly canisters: readonly CanisterDocument[];
  /** Canisters that were asked for and had nothing to do. */
  readonly withoutSteps: readonly string[];
  /** Canisters that this sync was not about, and that the sync which last was about them did not get synced. */
  readonly leftOver: readonly string[];
  readonly warnings: readonly string[];
}

/** The network that was synced to. */
export interface NetworkDocument {
  readonly name: string;
  readonly url: string;
}

/** What came of a canister. */
export interface CanisterDocument {
  /** Its name in the project. */
  readonly canister: string;
  readonly canisterId: string;
  readonly outcome: CanisterOutcome;
  /** Why it failed or was cancelled. */
  readonly error?: ErrorReport;
  /** From its turn to its end; 0 when it was not begun. */
  readonly durationMs: number;
  /** How many steps it has. */
  readonly plannedSteps: number;
  /** Those that were begun, in order. */
  readonly steps: readonly StepDocument[];
}

/** What came of a step. */
export interface StepDocument extends StepDescription {
  /** From 1. */
  readonly step: number;
  /** `unfinished`: the process was left before the step had ended, so what became of its updates is not known. */
  readonly outcome: 'ok' | 'failed' | 'unfinished';
  /** Why, when it failed. */
  readonly error?: ErrorReport;
  /** From its beginning until its updates had been followed to their outcome. */
  readonly durationMs: number;
  /** Absent when it is no plugin's, or unfinished. */
  readonly statistics?: RunStatistics;
  /** Every update it made, in order, and what became of each. */
  readonly updates: readonly UpdateRecord[];
}
