// What a run is, and how it is read from its row.

import type { WireError } from '../../../bridge/errors.js';
import { integer, type JsonObject, json, present, text } from './columns.js';
import type { Row } from './database.js';
import type { RunState } from './run-state.js';

/** What is run against what. */
export interface RunInput {
  readonly canisterId: string;
  readonly network: string;
  /** The name of an identity; never a key. */
  readonly identity: string;
  readonly environment: string;
  /** In lower-case hex; the plugin was uploaded. */
  readonly pluginSha256: string;
  readonly bundleSha256?: string;
  /** What the plugin is given under `fields`. */
  readonly fields: JsonObject;
  /** Limits that differ from the pool's. */
  readonly limits: JsonObject;
  /** What else its step declares: directories, files, canisters, a proxy. */
  readonly step: JsonObject;
  /** Higher goes first. @default 0 */
  readonly priority?: number;
}

/** A run as it is kept. Times are in milliseconds since 1970. */
export interface Run extends RunInput {
  readonly id: string;
  readonly batchId?: string;
  readonly tokenId: string;
  readonly state: RunState;
  readonly priority: number;
  /** Counts from 1. */
  readonly attempt: number;
  /** The run that this one does again; it may not be kept any more. */
  readonly retryOf?: string;
  readonly statistics?: JsonObject;
  readonly error?: StoredError;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
}

/** An error of ours as it is kept: with its text, since a later version may word it otherwise. */
export interface StoredError extends WireError {
  readonly message: string;
}

/** Reads runs with what {@link runOf} needs; conditions go behind it. `r` is the run, `b` its batch. */
export const SELECT_RUNS =
  'SELECT r.*, b.id AS batch_id FROM runs r LEFT JOIN batches b ON b.number = r.batch';

export function runOf(row: Row): Run {
  return {
    id: text(row, 'id'),
    ...present('batchId', row, 'batch_id', text),
    tokenId: text(row, 'token_id'),
    state: text(row, 'state') as RunState,
    priority: integer(row, 'priority'),
    canisterId: text(row, 'canister_id'),
    network: text(row, 'network'),
    identity: text(row, 'identity'),
    environment: text(row, 'environment'),
    pluginSha256: text(row, 'plugin'),
    ...present('bundleSha256', row, 'bundle', text),
    fields: json<JsonObject>(row, 'fields'),
    limits: json<JsonObject>(row, 'limits'),
    step: json<JsonObject>(row, 'step'),
    attempt: integer(row, 'attempt'),
    ...present('retryOf', row, 'retry_of', text),
    ...present('statistics', row, 'statistics', json<JsonObject>),
    ...present('error', row, 'error', json<StoredError>),
    createdAtMs: integer(row, 'created_at'),
    ...present('startedAtMs', row, 'started_at', integer),
    ...present('endedAtMs', row, 'ended_at', integer),
  };
}

/** The input of a run that is to be done again. */
export function inputOf(run: Run): RunInput {
  const { canisterId, network, identity, environment, pluginSha256, bundleSha256 } = run;
  const { fields, limits, step, priority } = run;
  const bundle = bundleSha256 === undefined ? {} : { bundleSha256 };
  return {
    canisterId,
    network,
    identity,
    environment,
    pluginSha256,
    ...bundle,
    fields,
    limits,
    step,
    priority,
  };
}
