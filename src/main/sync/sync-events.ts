// The story of a sync as it happens: one event after another, plain data that can be written as JSON. This file
// is the schema; `sandpool sync --json` prints these objects as they are, one a line.

import type { ErrorCode, ErrorDetails, ErrorKind, SandpoolError } from '../../bridge/errors.js';
import type { OutputStream } from '../../bridge/messages.js';
import type { UpdateRecord } from '../canister/index.js';
import type { RunStatistics } from '../pool/run-types.js';

/**
 * An event. Every one has `type` and `time` (ISO 8601, UTC, milliseconds). Durations and times end in `Ms` and
 * are milliseconds; sizes end in `Bytes`, ids are textual principals, hashes and request ids are hex.
 *
 * Order: `plan`, unless there is nothing to do; then for each plugin `plugin-preparing` and `plugin-prepared`; for
 * each canister `canister-queued`, then for each step that runs `step-started`, any of `output`, `call-started` and
 * `call-ended`, and `step-finished`, then `canister-finished`; `summary` at the very end, or `error` when it never
 * came to a plan. `warning` and `cancelling` may come anywhere. Events of different canisters interleave.
 */
export type SyncEvent = { readonly time: string } & SyncEventBody;

/** Which canister an event is about. */
export interface CanisterReference {
  /** Its name in the project. */
  readonly canister: string;
  readonly canisterId: string;
}

/** Which step of a canister. */
export interface StepReference extends CanisterReference {
  /** From 1. */
  readonly step: number;
}

/** What a step is. */
export interface StepDescription {
  readonly kind: 'plugin' | 'script';
  /** The plugin as the manifest names it, by path or address; or the first command of a script. */
  readonly label: string;
}

/** An error as data. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint?: string;
  readonly details: ErrorDetails;
}

/** How a canister ended: `skipped` ones were not started. */
export type CanisterOutcome = 'synced' | 'failed' | 'cancelled' | 'skipped';

/** An event without its time. */
export type SyncEventBody =
  /** What is going to be done. */
  | {
      readonly type: 'plan';
      readonly environment: string;
      readonly network: string;
      readonly url: string;
      /** The principal that calls are signed by. */
      readonly identity: string;
      readonly proxyCanisterId?: string;
      readonly canisters: readonly (CanisterReference & { readonly steps: readonly StepDescription[] })[];
      /** Canisters that were asked for and have nothing to do. */
      readonly withoutSteps: readonly string[];
    }
  | { readonly type: 'warning'; readonly message: string }
  /** The command failed before there was a plan; nothing comes after. */
  | { readonly type: 'error'; readonly error: ErrorReport; readonly exitCode: number }
  /** A plugin is being read, checked and compiled, once for all canisters. */
  | { readonly type: 'plugin-preparing'; readonly plugin: string }
  | {
      readonly type: 'plugin-prepared';
      readonly plugin: string;
      readonly ok: true;
      readonly durationMs: number;
      readonly sha256: string;
      readonly interfaceVersion: string;
      readonly sizeBytes: number;
    }
  | {
      readonly type: 'plugin-prepared';
      readonly plugin: string;
      readonly ok: false;
      readonly durationMs: number;
      readonly error: ErrorReport;
    }
  | ({ readonly type: 'canister-queued'; readonly steps: number } & CanisterReference)
  /** A step has begun: its plugin, on a thread of its own, or the first command of its script. */
  | ({ readonly type: 'step-started' } & StepDescription & StepReference)
  /** A line that the plugin or script printed, cleaned of control sequences. */
  | ({ readonly type: 'output'; readonly stream: OutputStream; readonly line: string } & StepReference)
  /** The plugin has made a host call. */
  | ({
      readonly type: 'call-started';
      /** Counts the host calls of the step, from 1. */
      readonly call: number;
      readonly kind: 'update' | 'query' | 'metadata';
      /** The method, or the name of the metadata section. */
      readonly method: string;
      /** The canister that is called, be it through the proxy. */
      readonly target: string;
    } & StepReference)
  | ({
      readonly type: 'call-ended';
      readonly call: number;
      readonly durationMs: number;
      /** Why it failed, unless it is ok. */
      readonly outcome: 'ok' | ErrorCode;
    } & StepReference)
  | ({
      readonly type: 'step-finished';
      readonly ok: boolean;
      readonly error?: ErrorReport;
      /** Absent for a script, and for a plugin that never began. */
      readonly statistics?: RunStatistics;
      readonly updates: readonly UpdateRecord[];
    } & StepDescription &
      StepReference)
  | ({
      readonly type: 'canister-finished';
      readonly outcome: CanisterOutcome;
      readonly error?: ErrorReport;
      readonly durationMs: number;
    } & CanisterReference)
  /** No more is started, what runs is ended; updates under way are followed to their outcome. */
  | { readonly type: 'cancelling'; readonly reason: string }
  | {
      readonly type: 'summary';
      readonly ok: boolean;
      readonly synced: number;
      readonly failed: number;
      readonly cancelled: number;
      readonly skipped: number;
      readonly durationMs: number;
      /** What the command exits with. */
      readonly exitCode: number;
    };

/** `error` as data. */
export function errorReport(error: SandpoolError): ErrorReport {
  const { code, kind, message, hint, details } = error;
  return { code, kind, message, ...(hint === undefined ? {} : { hint }), details };
}
