// What lasts, for the service: see `store.ts`. No SQL outside this folder.

export type { AuditEntry, AuditQuery, NewAuditEntry } from './audit.js';
export type { Batch, BatchSettings, CreatedBatch } from './batches.js';
export type { Bundle, BundleFile, NewBundle } from './bundles.js';
export type { Json, JsonObject } from './columns.js';
export { type EventListener, LONGEST_EVENT_CHARACTERS } from './event-writer.js';
export type { EventQuery, Events, NewEvent, StoredEvent } from './events.js';
export type { BatchQuery, RunQuery } from './history.js';
export { IDEMPOTENCY_MS, type IdempotentRequest, type Outcome } from './idempotency.js';
export { isIdentifier } from './identifiers.js';
export { type OpenTokens, openTokens, type TokensOptions } from './open-tokens.js';
export type { Page } from './page.js';
export type { NewPlugin, Plugin } from './plugins.js';
export { INTERRUPTED_EVENT, type Recovery } from './recovery.js';
export type { RetentionRule, RetentionSummary } from './retention.js';
export { inputOf, type Run, type RunInput, type StoredError } from './run.js';
export { type EndState, isEnded, mustBecome, RUN_STATES, type RunState } from './run-state.js';
export type { NewRun, QueueSource, RunEnding } from './runs.js';
export { openStore, type Store, type StoreOptions } from './store.js';
export type { NewToken, Scope, Token } from './tokens.js';
export { type SpanTotals, TOTALS_RESOLUTION_MS, type TotalsQuery } from './totals.js';
export type { StoredUpdate } from './updates.js';
