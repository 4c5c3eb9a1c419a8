// Runs and batches as the API takes and shows them.

import Type, { type Static } from 'typebox';
import {
  closed,
  ErrorReport,
  Identifier,
  mapOf,
  Name,
  PageQuery,
  PlainText,
  Principal,
  pageOf,
  RunStateName,
  Sha256,
  Timestamp,
} from './common.js';

const RelativePath = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: 'Relative, with / between names',
});
const Priority = Type.Integer({
  minimum: -100,
  maximum: 100,
  description: 'Higher goes first; 0 when absent',
});
const ShortName = PlainText();

/** Limits of one run; the service's own are the most that can be asked for. */
export const Limits = closed(
  {
    computeBudgetMs: Type.Optional(Type.Integer({ minimum: 1, description: 'Time to compute' })),
    wallTimeMs: Type.Optional(Type.Integer({ minimum: 1, description: 'Time from its start to its end' })),
    memoryBytes: Type.Optional(Type.Integer({ minimum: 65_536, description: 'Linear memory' })),
    tableElements: Type.Optional(Type.Integer({ minimum: 0 })),
    hostCalls: Type.Optional(Type.Integer({ minimum: 0, description: 'Number of host calls' })),
    outputBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'Of each of stdout and stderr' })),
    argumentBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'Of the argument of one call' })),
    replyBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'Of one reply' })),
    handles: Type.Optional(Type.Integer({ minimum: 8, description: 'Open descriptors, and pollables' })),
  },
  { title: 'Limits' },
);
export type Limits = Static<typeof Limits>;

/** What one run is, apart from its canister. */
const step = {
  plugin: Sha256,
  network: Name,
  identity: Name,
  environment: Type.Optional(PlainText({ description: "What the plugin is told; else the network's name" })),
  bundle: Type.Optional(Sha256),
  folder: Type.Optional(
    Type.String({
      maxLength: 1024,
      description: "The canister's folder in the bundle, which paths are relative to; else its root",
    }),
  ),
  dirs: Type.Optional(
    Type.Array(RelativePath, { maxItems: 1000, description: 'Directories it may read (0.1)' }),
  ),
  files: Type.Optional(
    Type.Union([
      Type.Array(RelativePath, { maxItems: 1000, description: 'Files it is given (0.1)' }),
      mapOf(RelativePath, { maxProperties: 1000, description: 'Files and directories by name (0.2)' }),
    ]),
  ),
  fields: Type.Optional(
    mapOf(Type.String({ maxLength: 65_536 }), { maxProperties: 1000, description: 'Values by name (0.2)' }),
  ),
  canisters: Type.Optional(
    mapOf(Principal, {
      maxProperties: 1000,
      description: 'Other canisters that it may call, by name (0.2); the token must allow each',
    }),
  ),
  canisterIds: Type.Optional(
    mapOf(Principal, { maxProperties: 10_000, description: 'Ids that it is told (0.2); grants nothing' }),
  ),
  proxy: Type.Optional(
    Type.String({
      ...Principal,
      description: 'The canister that updates go through; the token must allow it',
    }),
  ),
  limits: Type.Optional(Limits),
  priority: Type.Optional(Priority),
};

/** A run that is wanted: one plugin against one canister. */
export const RunRequest = closed(
  { canister: Principal, label: Type.Optional(ShortName), ...step },
  { title: 'RunRequest' },
);
export type RunRequest = Static<typeof RunRequest>;

/** A batch that is wanted. */
export const BatchRequest = closed(
  {
    name: Type.Optional(ShortName),
    concurrency: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: "Runs at once; else the service's own" }),
    ),
    priority: Type.Optional(Priority),
    defaults: Type.Optional(
      Type.Partial(closed(step), {
        additionalProperties: false,
        description: 'For runs that do not say otherwise',
      }),
    ),
    runs: Type.Array(
      Type.Object(
        { canister: Principal, label: Type.Optional(ShortName), ...Type.Partial(closed(step)).properties },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 10_000 },
    ),
  },
  { title: 'BatchRequest' },
);
export type BatchRequest = Static<typeof BatchRequest>;

/** What a run used. */
export const Statistics = closed(
  {
    queuedMs: Type.Number(),
    computeMs: Type.Number(),
    waitingMs: Type.Number(),
    sleepingMs: Type.Number(),
    wallMs: Type.Number(),
    hostCalls: Type.Integer(),
    bytesSent: Type.Integer(),
    bytesReceived: Type.Integer(),
    peakMemoryBytes: Type.Integer(),
    clock: Type.Unsafe<'thread-cpu' | 'elapsed'>(Type.String({ enum: ['thread-cpu', 'elapsed'] })),
  },
  { title: 'Statistics' },
);

/** A run. */
export const Run = closed(
  {
    id: Identifier,
    batch: Type.Optional(Identifier),
    state: RunStateName,
    canister: Principal,
    label: Type.Optional(Type.String()),
    network: Type.String(),
    identity: Type.String(),
    environment: Type.String(),
    plugin: Sha256,
    bundle: Type.Optional(Sha256),
    priority: Type.Integer(),
    attempt: Type.Integer({ description: 'From 1' }),
    retryOf: Type.Optional(Type.String({ ...Identifier, description: 'The run that this one does again' })),
    createdAt: Timestamp,
    startedAt: Type.Optional(Timestamp),
    endedAt: Type.Optional(Timestamp),
    statistics: Type.Optional(Statistics),
    error: Type.Optional(ErrorReport),
  },
  { title: 'Run' },
);
export type Run = Static<typeof Run>;

export const RunPage = pageOf(Run, 'RunPage');

/** One update that a run made, and what became of it. */
export const Update = closed(
  {
    number: Type.Integer({ description: 'Of the host call that made it, from 1' }),
    canister: Principal,
    method: Type.String(),
    state: Type.Unsafe<'in-flight' | 'applied' | 'rejected' | 'not-sent' | 'unknown'>(
      Type.String({ enum: ['in-flight', 'applied', 'rejected', 'not-sent', 'unknown'] }),
    ),
    requestId: Type.Optional(Type.String({ description: 'In hex: what the network can be asked for' })),
    sentAt: Timestamp,
    endedAt: Type.Optional(Timestamp),
  },
  { title: 'Update' },
);

export type Update = Static<typeof Update>;

export const UpdateList = closed({ items: Type.Array(Update) }, { title: 'UpdateList' });

/** A batch. Its state follows from those of its runs. */
export const Batch = closed(
  {
    id: Identifier,
    name: Type.Optional(Type.String()),
    state: RunStateName,
    counts: closed({
      queued: Type.Integer(),
      running: Type.Integer(),
      succeeded: Type.Integer(),
      failed: Type.Integer(),
      cancelled: Type.Integer(),
      interrupted: Type.Integer(),
    }),
    concurrency: Type.Integer(),
    priority: Type.Integer(),
    retryOf: Type.Optional(
      Type.String({ ...Identifier, description: 'The batch whose runs this one does again' }),
    ),
    createdAt: Timestamp,
    startedAt: Type.Optional(Timestamp),
    endedAt: Type.Optional(Timestamp),
  },
  { title: 'Batch' },
);
export type Batch = Static<typeof Batch>;

export const BatchPage = pageOf(Batch, 'BatchPage');

const history = {
  state: Type.Optional(
    Type.String({
      pattern: '^[a-z]+(?:,[a-z]+)*$',
      maxLength: 100,
      description: 'One state, or several with commas between them',
    }),
  ),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Made at or after this time' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Made before this time' })),
  ...PageQuery,
};

export const BatchQuery = closed(history);
export type BatchQuery = Static<typeof BatchQuery>;

export const RunQuery = closed({
  ...history,
  batch: Type.Optional(Identifier),
  canister: Type.Optional(Principal),
  plugin: Type.Optional(Sha256),
});
export type RunQuery = Static<typeof RunQuery>;

/** Which runs of a batch are done again. */
export const BatchRetry = closed(
  {
    states: Type.Optional(
      Type.Array(
        Type.Unsafe<'succeeded' | 'failed' | 'cancelled' | 'interrupted'>(
          Type.String({ enum: ['succeeded', 'failed', 'cancelled', 'interrupted'] }),
        ),
        { minItems: 1, description: 'Else failed and interrupted' },
      ),
    ),
  },
  { title: 'BatchRetry' },
);
export type BatchRetry = Static<typeof BatchRetry>;
