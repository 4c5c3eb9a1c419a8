// What the API tells of itself: who is asking, how much was done, who changed what.

import Type, { type Static } from 'typebox';
import { closed, Identifier, mapOf, PageQuery, Principal, pageOf, Timestamp } from './common.js';

/** Who is asking, and what that token may do. */
export const Session = closed(
  {
    token: closed({ id: Identifier, name: Type.String(), createdAt: Timestamp }),
    scopes: Type.Array(
      Type.Unsafe<'read' | 'run' | 'admin'>(Type.String({ enum: ['read', 'run', 'admin'] })),
    ),
    identities: Type.Array(closed({ name: Type.String(), principal: Principal })),
    networks: Type.Array(closed({ name: Type.String(), url: Type.String() })),
    canisterLists: Type.Union(
      [Type.Array(closed({ name: Type.String(), canisters: Type.Array(Principal) })), Type.Null()],
      { description: 'The canisters it may reach; null: any' },
    ),
    service: closed({
      version: Type.String(),
      concurrency: Type.Integer({ description: 'Runs at once' }),
      limits: mapOf(Type.Union([Type.Number(), Type.Null()]), {
        description: 'The most a run may ask for; null: no limit',
      }),
    }),
  },
  { title: 'Session' },
);
export type Session = Static<typeof Session>;

/** What ended in one span of time. */
const Span = closed({
  from: Timestamp,
  succeeded: Type.Integer(),
  failed: Type.Integer(),
  cancelled: Type.Integer(),
  interrupted: Type.Integer(),
  computeMs: Type.Number({ description: 'Of all these runs together' }),
  waitingMs: Type.Number({ description: 'Of all these runs together' }),
});

/** What ended when: spans without runs are left out. */
export const Totals = closed({ spanMs: Type.Integer(), items: Type.Array(Span) }, { title: 'Totals' });
export type Totals = Static<typeof Totals>;

export const TotalsQuery = closed({
  from: Type.String({ format: 'date-time' }),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Else now' })),
  spans: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 60,
      description: 'How many at most; none is shorter than a minute',
    }),
  ),
});
export type TotalsQuery = Static<typeof TotalsQuery>;

/** One change, and who made it. */
export const AuditEntry = closed(
  {
    number: Type.Integer(),
    time: Timestamp,
    actor: Type.String({ description: 'The id of a token, or `command-line`' }),
    action: Type.String(),
    subject: Type.String(),
    details: Type.Unknown(),
  },
  { title: 'AuditEntry' },
);

export type AuditEntry = Static<typeof AuditEntry>;

export const AuditPage = pageOf(AuditEntry, 'AuditPage');

export const AuditQuery = closed({
  actor: Type.Optional(Type.String({ maxLength: 200 })),
  subject: Type.Optional(Type.String({ maxLength: 200 })),
  ...PageQuery,
});
export type AuditQuery = Static<typeof AuditQuery>;
