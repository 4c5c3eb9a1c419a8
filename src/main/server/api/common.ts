// What the schemas of the API share. They are validation, types and the OpenAPI document in one: see `index.ts`.

import Type, { type TSchema } from 'typebox';
import { RUN_STATES } from '../store/run-state.js';

/** An object that has these members and no others. */
export const closed = <Members extends Type.TProperties>(
  members: Members,
  options: Type.TObjectOptions = {},
) => Type.Object(members, { additionalProperties: false, ...options });

/** With line breaks in it too: a member that no pattern has is a member that nobody checks. */
const ANY_NAME = '^[\\s\\S]*$';

/** Members named by the caller, each of `value`. */
export const mapOf = <Value extends TSchema>(value: Value, options: Type.TSchemaOptions = {}) =>
  Type.Record(Type.String({ pattern: ANY_NAME }), value, options);

export const Sha256 = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256, 64 lower-case hex characters',
});

export const Principal = Type.String({
  pattern: '^[a-z0-9]{1,5}(?:-[a-z0-9]{1,5}){0,12}$',
  maxLength: 63,
  description: 'A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai',
});

/** Names of identities, networks and the like: what the configuration may call them. */
export const Name = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
  description: 'A configured name',
});

/** Without control characters: the store ends a text where it has a NUL, and logs have a line for each entry. */
export const PlainText = (options: Type.TStringOptions = {}) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\x00-\\x1f\\x7f]*$', ...options });

export const Identifier = Type.String({
  pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  description: 'Made by the service; later ones sort behind earlier ones',
});

export const Timestamp = Type.String({ format: 'date-time', description: 'ISO 8601, UTC, milliseconds' });

export const RunStateName = Type.Unsafe<(typeof RUN_STATES)[number]>(
  Type.String({ enum: [...RUN_STATES], description: 'Of a run, or of a batch as a whole' }),
);

/** An error as it is kept with a run. */
export const ErrorReport = closed(
  {
    code: Type.String({ description: 'A literal code of the errors table' }),
    kind: Type.Unsafe<'user' | 'plugin' | 'limit' | 'network' | 'host'>(
      Type.String({ enum: ['user', 'plugin', 'limit', 'network', 'host'], description: 'Who can mend it' }),
    ),
    message: Type.String(),
    hint: Type.Optional(Type.String({ description: 'What to do about it' })),
    details: mapOf(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'The values in the message',
    }),
  },
  { title: 'ErrorReport' },
);

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: '`urn:sandpool:error:` and the code' }),
    title: Type.String({ description: 'What the status stands for' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong, for people' }),
    code: Type.String({ description: 'A literal code of the errors table' }),
    hint: Type.Optional(Type.String({ description: 'What to do about it' })),
    details: mapOf(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  },
  { title: 'Problem' },
);

/** Where to go on, and how much at once. */
export const PageQuery = {
  before: Type.Optional(
    Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'The `next` of the page before' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
};

/** A page of items, the newest first. */
export const pageOf = <Item extends TSchema>(item: Item, title: string) =>
  closed(
    {
      items: Type.Array(item),
      next: Type.Optional(
        Type.String({ description: 'To be given as `before` for the next page; absent on the last' }),
      ),
    },
    { title },
  );
