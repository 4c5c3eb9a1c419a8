// What a sync came to: per canister and altogether.

import type { SandpoolError } from '../../bridge/errors.js';
import type { UpdateRecord } from '../canister/index.js';
import type { RunStatistics } from '../pool/run-types.js';
import type { CanisterOutcome, StepDescription } from './sync-events.js';

/** The result of one step. */
export interface StepReport extends StepDescription {
  /** Absent when the step succeeded. */
  readonly error?: SandpoolError;
  /** Absent for a script, and for a plugin that never began. */
  readonly statistics?: RunStatistics;
  readonly updates: readonly UpdateRecord[];
}

/** The result of one canister. */
export interface CanisterReport {
  readonly name: string;
  readonly id: string;
  readonly outcome: CanisterOutcome;
  /** Why, unless it was synced. */
  readonly error?: SandpoolError;
  /** Those that were begun, in order. */
  readonly steps: readonly StepReport[];
  /** From its turn to its end. */
  readonly durationMs: number;
}

/** The result of a sync. */
export interface SyncReport {
  /** In the order of the plan. */
  readonly canisters: readonly CanisterReport[];
  /** Whether every canister was synced. */
  readonly ok: boolean;
  readonly durationMs: number;
  /** 0; the exit code that all failures share; or 1 when they differ. 130 when the sync was cancelled. */
  readonly exitCode: number;
}

/** The statistics of several runs as one: sums, and the largest memory. */
export interface StatisticsTotal {
  readonly computeMs: number;
  readonly waitingMs: number;
  readonly hostCalls: number;
  readonly peakMemoryBytes: number;
}

/** Adds up what the steps of a canister took. */
export function totalOf(steps: readonly StepReport[]): StatisticsTotal {
  const all = steps.flatMap(({ statistics }) => statistics ?? []);
  const sum = (of: (statistics: RunStatistics) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    computeMs: sum(({ computeMs }) => computeMs),
    waitingMs: sum(({ waitingMs }) => waitingMs),
    hostCalls: sum(({ hostCalls }) => hostCalls),
    peakMemoryBytes: Math.max(0, ...all.map(({ peakMemoryBytes }) => peakMemoryBytes)),
  };
}

const CANCELLED_EXIT_CODE = 130;
const MIXED_EXIT_CODE = 1;

/** Makes the report of a sync out of those of its canisters. */
export function syncReport(
  canisters: readonly CanisterReport[],
  durationMs: number,
  ending: 'finished' | 'cancelled',
): SyncReport {
  const ok = canisters.every(({ outcome }) => outcome === 'synced');
  const cancelled = ending === 'cancelled' && !ok;
  const codes = canisters.flatMap(({ outcome, error }) =>
    outcome === 'failed' ? (error?.exitCode ?? []) : [],
  );
  return { canisters, ok, durationMs, exitCode: cancelled ? CANCELLED_EXIT_CODE : sharedExitCode(codes) };
}

/** 0 for none, the code that all share, or 1. */
export function sharedExitCode(codes: readonly number[]): number {
  const [first = 0, ...others] = new Set(codes);
  return others.length === 0 ? first : MIXED_EXIT_CODE;
}
