// Events as the API sends them: each is one message of a server-sent event stream, its `id` the sequence, its `event`
// the type, its `data` this object.

import Type, { type Static } from 'typebox';
import { closed, ErrorReport, Identifier, Principal, RunStateName, Timestamp } from './common.js';
import { Statistics, Update } from './runs.js';

const base = {
  sequence: Type.Integer({
    description: 'In the order of writing, across all runs: what `Last-Event-ID` names',
  }),
  time: Timestamp,
};

const ofRun = { ...base, run: Identifier, batch: Type.Optional(Identifier) };

const constant = <Text extends string>(text: Text) => Type.Literal(text);

/** A run has left the queue. */
export const RunStarted = closed({ type: constant('run-started'), ...ofRun, canister: Principal });

/** Its plugin is ready, and begins on a thread of its own. */
export const RunComputing = closed({ type: constant('run-computing'), ...ofRun });

/** Lines that the plugin printed, cleaned of control sequences. Text, whatever it looks like. */
export const RunOutput = closed({
  type: constant('output'),
  ...ofRun,
  stream: Type.Unsafe<'stdout' | 'stderr'>(Type.String({ enum: ['stdout', 'stderr'] })),
  lines: Type.Array(Type.String(), { minItems: 1 }),
  partial: Type.Optional(
    Type.Literal(true, { description: 'The last line goes on in the next output of this stream' }),
  ),
});

/** The plugin has made a host call, and waits. */
export const CallStarted = closed({
  type: constant('call-started'),
  ...ofRun,
  call: Type.Integer({ description: 'Counts the host calls of the run, from 1' }),
  kind: Type.Unsafe<'update' | 'query' | 'metadata'>(Type.String({ enum: ['update', 'query', 'metadata'] })),
  method: Type.String({ description: 'The method, or the name of the metadata section' }),
  target: Principal,
});

/** The host call has ended. */
export const CallEnded = closed({
  type: constant('call-ended'),
  ...ofRun,
  call: Type.Integer(),
  durationMs: Type.Number(),
  outcome: Type.String({ description: '`ok`, or the code of the error' }),
});

/** Events that were not kept, since too many came at once. */
export const EventsLost = closed({ type: constant('events-lost'), ...ofRun, count: Type.Integer() });

/** A run has ended, or was cancelled while it waited. The last event of a run. */
export const RunFinished = closed({
  type: constant('run-finished'),
  ...ofRun,
  state: RunStateName,
  error: Type.Optional(ErrorReport),
  statistics: Type.Optional(Statistics),
  updates: Type.Optional(Type.Array(Type.Omit(Update, ['sentAt', 'endedAt']))),
});

/** The process ended while the run was under way. The last event of a run. */
export const RunInterrupted = closed({
  type: constant('run-interrupted'),
  ...ofRun,
  state: RunStateName,
});

/** A batch was made. */
export const BatchCreated = closed({
  type: constant('batch-created'),
  ...base,
  batch: Identifier,
  runs: Type.Integer(),
});

/** All runs of a batch have ended. The last event of a batch. */
export const BatchFinished = closed({
  type: constant('batch-finished'),
  ...base,
  batch: Identifier,
  state: RunStateName,
});

/** Every kind of event. */
export const ServiceEvent = Type.Union(
  [
    RunStarted,
    RunComputing,
    RunOutput,
    CallStarted,
    CallEnded,
    EventsLost,
    RunFinished,
    RunInterrupted,
    BatchCreated,
    BatchFinished,
  ],
  { title: 'ServiceEvent' },
);
export type ServiceEvent = Static<typeof ServiceEvent>;

/** Events that were, in order. */
export const EventPage = closed(
  {
    items: Type.Array(ServiceEvent),
    next: Type.Optional(
      Type.Integer({ description: 'To be given as `after`; absent when there are no more yet' }),
    ),
  },
  { title: 'EventPage' },
);

export const EventQuery = closed({
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only those behind this sequence' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
});
export type EventQuery = Static<typeof EventQuery>;
