// The story of a sync as it happens: one event after another, plain data that can be written as JSON. This file
// is the schema, and docs/sync-events.schema.json is made from it; `sandpool sync --json` prints these objects as they
// are, one a line.

import type { ErrorCode, ErrorDetails, ErrorKind, SandpoolError } from '../../bridge/errors.js';
import type { OutputStream } from '../../bridge/messages.js';
import type { UpdateRecord } from '../canister/index.js';
import type { RunStatistics, RunUsage } from '../pool/run-types.js';

/**
 * An event. Every one has `type` and `time`. Durations and times end in `Ms` and are milliseconds; sizes end in
 * `Bytes`, ids are textual principals, hashes and request ids are hex.
 *
 * Order: `plan`, unless there is nothing to do; then for each plugin `plugin-preparing` and `plugin-prepared`; for
 * each canister `canister-queued`, then for each step that runs `step-started`, any of `output`, `call-started`,
 * `call-ended` and `step-alive`, and `step-finished`, then `canister-finished`; `summary` at the very end, or
 * `error` when it never came to a plan or a file could not be written. `warning` and `cancelling` may come anywhere. Events of different canisters
 * interleave.
 */
export type SyncEvent =
  | PlanEvent
  | WarningEvent
  | ErrorEvent
  | PluginPreparingEvent
  | PluginPreparedEvent
  | PluginRefusedEvent
  | CanisterQueuedEvent
  | StepStartedEvent
  | OutputEvent
  | CallStartedEvent
  | CallEndedEvent
  | StepAliveEvent
  | StepFinishedEvent
  | CanisterFinishedEvent
  | CancellingEvent
  | SummaryEvent;

/** An event without its time. */
export type SyncEventBody = Untimed<SyncEvent>;

type Untimed<Event> = Event extends unknown ? Omit<Event, 'time'> : never;

/** What every event has. */
export interface TimedEvent {
  /** When: ISO 8601, UTC, milliseconds. */
  readonly time: string;
}

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
  /** Who can mend it: the caller, the plugin's author, a limit's setting, the network, or the host itself. */
  readonly kind: ErrorKind;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The values in the message. */
  readonly details: ErrorDetails;
}

/** How a canister ended: `skipped` ones were not started. */
export type CanisterOutcome = 'synced' | 'failed' | 'cancelled' | 'skipped';

/** A canister that is going to be synced. */
export interface PlannedCanisterReference extends CanisterReference {
  readonly steps: readonly StepDescription[];
}

/** What is going to be done. */
export interface PlanEvent extends TimedEvent {
  readonly type: 'plan';
  readonly environment: string;
  /** The name of the network. */
  readonly network: string;
  /** The address of the network. */
  readonly url: string;
  /** The principal that calls are signed by. */
  readonly identity: string;
  /** The canister that updates go through. */
  readonly proxyCanisterId?: string;
  readonly canisters: readonly PlannedCanisterReference[];
  /** Canisters that were asked for and have nothing to do. */
  readonly withoutSteps: readonly string[];
}

/** Something to know about that stops nothing. */
export interface WarningEvent extends TimedEvent {
  readonly type: 'warning';
  readonly message: string;
}

/**
 * The command failed as a whole: before there was a plan, or after all else, when a file that was asked for could not be
 * written. Nothing comes after.
 */
export interface ErrorEvent extends TimedEvent {
  readonly type: 'error';
  readonly error: ErrorReport;
  /** What the command exits with. */
  readonly exitCode: number;
}

/** A plugin is being read, checked and compiled, once for all canisters. */
export interface PluginPreparingEvent extends TimedEvent {
  readonly type: 'plugin-preparing';
  readonly plugin: string;
}

/** A plugin is ready to run. */
export interface PluginPreparedEvent extends TimedEvent {
  readonly type: 'plugin-prepared';
  readonly plugin: string;
  readonly ok: true;
  readonly durationMs: number;
  readonly sha256: string;
  readonly interfaceVersion: string;
  readonly sizeBytes: number;
}

/** A plugin cannot be run. */
export interface PluginRefusedEvent extends TimedEvent {
  readonly type: 'plugin-prepared';
  readonly plugin: string;
  readonly ok: false;
  readonly durationMs: number;
  readonly error: ErrorReport;
}

/** A canister waits for its turn. */
export interface CanisterQueuedEvent extends TimedEvent, CanisterReference {
  readonly type: 'canister-queued';
  /** How many steps it has. */
  readonly steps: number;
}

/** A step has begun: its plugin, on a thread of its own, or the first command of its script. */
export interface StepStartedEvent extends TimedEvent, StepReference, StepDescription {
  readonly type: 'step-started';
}

/** A line the step printed, cleaned of control sequences. */
export interface OutputEvent extends TimedEvent, StepReference {
  readonly type: 'output';
  readonly stream: OutputStream;
  readonly line: string;
}

/** The plugin has made a host call. */
export interface CallStartedEvent extends TimedEvent, StepReference {
  readonly type: 'call-started';
  /** Counts the host calls of the step, from 1. */
  readonly call: number;
  readonly kind: 'update' | 'query' | 'metadata';
  /** The method, or the name of the metadata section. */
  readonly method: string;
  /** The canister that is called, be it through the proxy. */
  readonly target: string;
}

/** A host call has been answered. */
export interface CallEndedEvent extends TimedEvent, StepReference {
  readonly type: 'call-ended';
  readonly call: number;
  readonly durationMs: number;
  /** Why it failed, unless it is ok. */
  readonly outcome: 'ok' | ErrorCode;
}

/** Nothing has been heard of a step for ten seconds, but it is alive. Comes again after as long. */
export interface StepAliveEvent extends TimedEvent, StepReference {
  readonly type: 'step-alive';
  /** Since the step began. */
  readonly durationMs: number;
  /** The host call it waits for, unless it waits for none. */
  readonly call?: number;
  /** What it has used so far; absent when the step is no plugin's. */
  readonly usage?: RunUsage;
}

/** A step has ended, and every update it made has been followed to its outcome. */
export interface StepFinishedEvent extends TimedEvent, StepReference, StepDescription {
  readonly type: 'step-finished';
  readonly ok: boolean;
  /** Absent when it is ok. */
  readonly error?: ErrorReport;
  /** Absent for a script, and for a plugin that never began. */
  readonly statistics?: RunStatistics;
  /** Every update it made, and what became of each. */
  readonly updates: readonly UpdateRecord[];
}

/** A canister is done with. */
export interface CanisterFinishedEvent extends TimedEvent, CanisterReference {
  readonly type: 'canister-finished';
  readonly outcome: CanisterOutcome;
  /** Why, unless it was synced or skipped. */
  readonly error?: ErrorReport;
  /** From its turn to its end. */
  readonly durationMs: number;
}

/** No more is started, what runs is ended; updates under way are followed to their outcome. */
export interface CancellingEvent extends TimedEvent {
  readonly type: 'cancelling';
  readonly reason: string;
}

/** What it all came to. */
export interface SummaryEvent extends TimedEvent {
  readonly type: 'summary';
  /** Whether every canister was synced. */
  readonly ok: boolean;
  readonly synced: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly durationMs: number;
  /** What the command exits with. */
  readonly exitCode: number;
}

/** `error` as data. */
export function errorReport(error: SandpoolError): ErrorReport {
  const { code, kind, message, hint, details } = error;
  return { code, kind, message, ...(hint === undefined ? {} : { hint }), details };
}
