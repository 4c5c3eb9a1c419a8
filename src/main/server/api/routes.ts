// Every route of the API: its method, path, what it takes and gives, and which scope it needs. The server registers what
// is in here, and the OpenAPI document, and with it the client, is made from it.

import Type, { type Static, type TSchema } from 'typebox';
import type { Scope } from '../store/tokens.js';
import { Bundle, BundleContents, BundleList, BundleUploadQuery } from './bundles.js';
import { closed, Identifier, Sha256 } from './common.js';
import { EventPage, EventQuery } from './events.js';
import {
  Plugin,
  PluginChange,
  PluginFetch,
  PluginInspection,
  PluginList,
  PluginUploadQuery,
} from './plugins.js';
import {
  Batch,
  BatchPage,
  BatchQuery,
  BatchRequest,
  BatchRetry,
  Run,
  RunPage,
  RunQuery,
  RunRequest,
  UpdateList,
} from './runs.js';
import { AuditPage, AuditQuery, Session, Totals, TotalsQuery } from './service.js';

/** What a route takes and gives. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly tag: 'plugins' | 'bundles' | 'runs' | 'batches' | 'events' | 'service';
  readonly scope: Scope;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly headers?: TSchema;
  readonly body?: TSchema;
  /** Media types of a body that is passed on as it comes, in place of `body`. */
  readonly upload?: readonly string[];
  /** What is given, by status; a string is a media type whose body is a stream. */
  readonly gives: Readonly<Record<number, TSchema | 'text/event-stream' | null>>;
}

const bySha256 = closed({ sha256: Sha256 });
const byId = closed({ id: Identifier });
const idempotency = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[\\x21-\\x7e]+$',
      description: 'The same request with the same key is done once, for 24 hours',
    }),
  ),
});
const lastEvent = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ pattern: '^[0-9]{1,15}$', description: 'Goes on behind the event of this id' }),
  ),
});
const streamQuery = closed({
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'As `Last-Event-ID`. Without either: from now on, or for a run or batch from its beginning',
    }),
  ),
});

const WASM = ['application/wasm', 'application/octet-stream'];
const ARCHIVES = ['application/x-tar', 'application/gzip', 'application/zip', 'application/octet-stream'];

/** The routes, by the name of the operation. */
export const ROUTES = {
  getSession: {
    method: 'GET',
    path: '/v1/session',
    summary: 'Who is asking, and what that token may do',
    tag: 'service',
    scope: 'read',
    gives: { 200: Session },
  },
  getTotals: {
    method: 'GET',
    path: '/v1/totals',
    summary: 'How many runs ended when, and how',
    tag: 'service',
    scope: 'read',
    query: TotalsQuery,
    gives: { 200: Totals },
  },
  listAudit: {
    method: 'GET',
    path: '/v1/audit',
    summary: 'Every change, and who made it',
    tag: 'service',
    scope: 'admin',
    query: AuditQuery,
    gives: { 200: AuditPage },
  },
  uploadPlugin: {
    method: 'POST',
    path: '/v1/plugins',
    summary: 'Upload a plugin; the same bytes are one plugin',
    tag: 'plugins',
    scope: 'run',
    query: PluginUploadQuery,
    upload: WASM,
    gives: { 200: Plugin, 201: Plugin },
  },
  fetchPlugin: {
    method: 'POST',
    path: '/v1/plugins/fetch',
    summary: 'Have the service fetch a plugin',
    tag: 'plugins',
    scope: 'run',
    body: PluginFetch,
    gives: { 200: Plugin, 201: Plugin },
  },
  listPlugins: {
    method: 'GET',
    path: '/v1/plugins',
    summary: 'All plugins',
    tag: 'plugins',
    scope: 'read',
    gives: { 200: PluginList },
  },
  inspectPlugin: {
    method: 'GET',
    path: '/v1/plugins/:sha256',
    summary: 'What a plugin is, and whether it would run here',
    tag: 'plugins',
    scope: 'read',
    params: bySha256,
    gives: { 200: PluginInspection },
  },
  changePlugin: {
    method: 'PATCH',
    path: '/v1/plugins/:sha256',
    summary: 'Enable or disable a plugin',
    tag: 'plugins',
    scope: 'admin',
    params: bySha256,
    body: PluginChange,
    gives: { 200: Plugin },
  },
  deletePlugin: {
    method: 'DELETE',
    path: '/v1/plugins/:sha256',
    summary: 'Delete a plugin that no run names',
    tag: 'plugins',
    scope: 'admin',
    params: bySha256,
    gives: { 204: null },
  },
  uploadBundle: {
    method: 'POST',
    path: '/v1/bundles',
    summary: 'Upload directories and files as a tar, tar.gz or zip',
    tag: 'bundles',
    scope: 'run',
    query: BundleUploadQuery,
    upload: ARCHIVES,
    gives: { 200: Bundle, 201: Bundle },
  },
  listBundles: {
    method: 'GET',
    path: '/v1/bundles',
    summary: 'The bundles that this token uploaded; for an admin, all',
    tag: 'bundles',
    scope: 'read',
    gives: { 200: BundleList },
  },
  getBundle: {
    method: 'GET',
    path: '/v1/bundles/:sha256',
    summary: 'A bundle, with its files',
    tag: 'bundles',
    scope: 'read',
    params: bySha256,
    gives: { 200: BundleContents },
  },
  deleteBundle: {
    method: 'DELETE',
    path: '/v1/bundles/:sha256',
    summary: 'Delete a bundle that no run names',
    tag: 'bundles',
    scope: 'run',
    params: bySha256,
    gives: { 204: null },
  },
  createRun: {
    method: 'POST',
    path: '/v1/runs',
    summary: 'Run one plugin against one canister',
    tag: 'runs',
    scope: 'run',
    headers: idempotency,
    body: RunRequest,
    gives: { 200: Run, 201: Run },
  },
  listRuns: {
    method: 'GET',
    path: '/v1/runs',
    summary: 'Runs, the newest first',
    tag: 'runs',
    scope: 'read',
    query: RunQuery,
    gives: { 200: RunPage },
  },
  getRun: {
    method: 'GET',
    path: '/v1/runs/:id',
    summary: 'A run',
    tag: 'runs',
    scope: 'read',
    params: byId,
    gives: { 200: Run },
  },
  listUpdates: {
    method: 'GET',
    path: '/v1/runs/:id/updates',
    summary: 'The updates that a run made, and what became of each',
    tag: 'runs',
    scope: 'read',
    params: byId,
    gives: { 200: UpdateList },
  },
  listRunEvents: {
    method: 'GET',
    path: '/v1/runs/:id/log',
    summary: 'What happened in a run, what it printed included',
    tag: 'runs',
    scope: 'read',
    params: byId,
    query: EventQuery,
    gives: { 200: EventPage },
  },
  cancelRun: {
    method: 'POST',
    path: '/v1/runs/:id/cancel',
    summary: 'Cancel a run: one that waits at once, one under way as Ctrl-C does',
    tag: 'runs',
    scope: 'run',
    params: byId,
    gives: { 202: Run },
  },
  retryRun: {
    method: 'POST',
    path: '/v1/runs/:id/retry',
    summary: 'Do a run again that has ended',
    tag: 'runs',
    scope: 'run',
    params: byId,
    headers: idempotency,
    gives: { 200: Run, 201: Run },
  },
  createBatch: {
    method: 'POST',
    path: '/v1/batches',
    summary: 'Run plugins against many canisters',
    tag: 'batches',
    scope: 'run',
    headers: idempotency,
    body: BatchRequest,
    gives: { 200: Batch, 201: Batch },
  },
  listBatches: {
    method: 'GET',
    path: '/v1/batches',
    summary: 'Batches, the newest first',
    tag: 'batches',
    scope: 'read',
    query: BatchQuery,
    gives: { 200: BatchPage },
  },
  getBatch: {
    method: 'GET',
    path: '/v1/batches/:id',
    summary: 'A batch',
    tag: 'batches',
    scope: 'read',
    params: byId,
    gives: { 200: Batch },
  },
  cancelBatch: {
    method: 'POST',
    path: '/v1/batches/:id/cancel',
    summary: 'Cancel what waits and what is under way of a batch',
    tag: 'batches',
    scope: 'run',
    params: byId,
    gives: { 202: Batch },
  },
  retryBatch: {
    method: 'POST',
    path: '/v1/batches/:id/retry',
    summary: 'Do those runs of a batch again that failed or were interrupted, as a new batch',
    tag: 'batches',
    scope: 'run',
    params: byId,
    headers: idempotency,
    body: BatchRetry,
    gives: { 200: Batch, 201: Batch },
  },
  streamEvents: {
    method: 'GET',
    path: '/v1/events',
    summary: 'Events as they happen: of the runs of this token; for an admin, all',
    tag: 'events',
    scope: 'read',
    headers: lastEvent,
    query: streamQuery,
    gives: { 200: 'text/event-stream' },
  },
  streamRunEvents: {
    method: 'GET',
    path: '/v1/runs/:id/events',
    summary: 'Events of a run: those that were, then as they happen',
    tag: 'events',
    scope: 'read',
    params: byId,
    headers: lastEvent,
    query: streamQuery,
    gives: { 200: 'text/event-stream' },
  },
  streamBatchEvents: {
    method: 'GET',
    path: '/v1/batches/:id/events',
    summary: 'Events of a batch and its runs: those that were, then as they happen',
    tag: 'events',
    scope: 'read',
    params: byId,
    headers: lastEvent,
    query: streamQuery,
    gives: { 200: 'text/event-stream' },
  },
} as const satisfies Record<string, Route>;

/** The names of the operations. */
export type Operation = keyof typeof ROUTES;

type Schema<Name extends Operation, Part extends keyof Route> =
  (typeof ROUTES)[Name] extends Record<Part, infer Found>
    ? Found extends TSchema
      ? Static<Found>
      : undefined
    : undefined;

/** What an operation takes, checked. */
export interface Input<Name extends Operation> {
  readonly params: Schema<Name, 'params'>;
  readonly query: Schema<Name, 'query'>;
  readonly headers: Schema<Name, 'headers'>;
  readonly body: Schema<Name, 'body'>;
}

/** What an operation gives: what its schemas say, or nothing. */
export type Output<Name extends Operation> = Given<(typeof ROUTES)[Name]['gives']>;

type Given<Gives> = Gives[keyof Gives] extends infer Each
  ? Each extends TSchema
    ? Static<Each>
    : undefined
  : never;
