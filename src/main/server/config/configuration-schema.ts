// The shape of the configuration: what the file is checked against, the type of what is in it, and, by
// `npm run generate`, docs/serve-config.schema.json. What a schema cannot say is checked by the readers beside it.

import Type, { type Static, type TSchema } from 'typebox';
import { DEFAULT_LIMITS } from '../../pool/limits.js';
import { closed, Name } from '../api/common.js';
import { Limits } from '../api/runs.js';
import { CONFIGURATION_DEFAULTS as DEFAULTS } from './configuration-defaults.js';

/** The most concurrency that a pool can have. */
const MOST_THREADS = 1000;
/** The longest that a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The levels of the log, the most talkative first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const path = (description: string) => Type.String({ minLength: 1, description });
const count = (description: string, standard: number, maximum = Number.MAX_SAFE_INTEGER, minimum = 1) =>
  Type.Optional(Type.Integer({ minimum, maximum, default: standard, description }));
const address = (description: string) => Type.String({ pattern: '^https?://', description });

/** Entries whose names the operator chose. */
const named = <Value extends TSchema>(value: Value, description: string) =>
  Type.Optional(Type.Record(Name, value, { additionalProperties: false, description }));

/** Exactly one of these keys. */
const oneOf = (...keys: readonly string[]) => ({ oneOf: keys.map((key) => ({ required: [key] })) });

/** The configuration file. */
export const ConfigurationFile = closed(
  {
    listen: Type.Optional(
      closed(
        {
          host: Type.Optional(
            Type.String({
              pattern: '^[A-Za-z0-9._:-]{1,253}$',
              default: DEFAULTS.listen.host,
              description:
                'An address (IPv6 without brackets) or name of this machine; one that others can reach needs `hosts`',
            }),
          ),
          port: count('A TCP port; 0 is any that is free', DEFAULTS.listen.port, 65_535, 0),
        },
        { description: 'Where requests are taken' },
      ),
    ),
    hosts: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'What requests may call the service, besides localhost, 127.0.0.1 and [::1]: names or addresses, with or without a port',
      }),
    ),
    origins: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Pages that may send requests besides its own, such as https://panel.example.org',
      }),
    ),
    data: path('The folder of the store and the uploads; made when there is none'),
    cache: Type.Optional(
      Type.Union([path('A folder'), Type.Literal(false)], {
        description:
          'Where translations of plugins are kept: a folder, or false to keep none; else the cache folder of the user',
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_THREADS,
        description: 'Runs at once; else 128, or fewer on a machine with under 8 GiB',
      }),
    ),
    limits: Type.Optional(
      closed(limits(), {
        description: 'What a run has unless it asks for less, and the most that it can ask for',
      }),
    ),
    uploads: Type.Optional(
      closed(
        {
          pluginBytes: count('Of one plugin', DEFAULTS.uploads.pluginBytes),
          bundleBytes: count('Of the archive of one bundle', DEFAULTS.uploads.bundleBytes),
          unpackedBytes: count('Of all files of one bundle', DEFAULTS.uploads.unpackedBytes),
          bundleEntries: count('Files and directories of one bundle', DEFAULTS.uploads.bundleEntries),
          totalBytes: count('Of everything uploaded', DEFAULTS.uploads.totalBytes),
        },
        { description: 'How much is taken' },
      ),
    ),
    requests: Type.Optional(
      closed(
        {
          perMinute: count('Requests of one token', DEFAULTS.requests.perMinute),
          bodyBytes: count('Of a body that is no upload', DEFAULTS.requests.bodyBytes, 2 ** 30, 1024),
          timeoutMs: count(
            'For a request to arrive, uploads aside',
            DEFAULTS.requests.timeoutMs,
            LONGEST_TIMER_MS,
            100,
          ),
          eventStreams: count('Readers of events at once', DEFAULTS.requests.eventStreams),
        },
        { description: 'What clients may do' },
      ),
    ),
    retention: Type.Optional(
      closed(
        {
          days: count('Runs and batches go so long after they ended', DEFAULTS.retention.days, 100_000),
          megabytes: count(
            'While the store has more MiB, the oldest runs go',
            DEFAULTS.retention.megabytes,
            2 ** 30,
          ),
          auditDays: count('Entries of the audit go after so long', DEFAULTS.retention.auditDays, 100_000),
        },
        { description: 'How long history is kept' },
      ),
    ),
    shutdown: Type.Optional(
      closed(
        {
          deadlineMs: count(
            'How long runs may go on once the service is told to end',
            DEFAULTS.shutdown.deadlineMs,
            LONGEST_TIMER_MS,
            0,
          ),
        },
        { description: 'How it ends' },
      ),
    ),
    log: Type.Optional(
      closed(
        {
          level: Type.Optional(
            Type.Unsafe<(typeof LOG_LEVELS)[number]>(
              Type.String({
                enum: [...LOG_LEVELS],
                default: DEFAULTS.log.level,
                description: 'What is not less than this is logged',
              }),
            ),
          ),
        },
        { description: 'What is logged' },
      ),
    ),
    identities: named(
      closed(
        {
          pem: Type.Optional(path('A PEM file with a private key')),
          icpCli: Type.Optional(path('The name of an identity of icp-cli')),
          anonymous: Type.Optional(Type.Literal(true, { description: 'Nobody' })),
          passwordFile: Type.Optional(path('Holds the password of a key that is encrypted')),
        },
        oneOf('pem', 'icpCli', 'anonymous'),
      ),
      'Who signs calls, by name',
    ),
    networks: named(
      closed({
        url: address('An http or https address, such as http://127.0.0.1:8000: where its API is'),
        rootKey: Type.Optional(
          Type.String({
            pattern: '^(?:mainnet|fetch|[0-9a-fA-F]{266})$',
            description:
              '`mainnet`, `fetch` to believe the network itself, or 266 hex characters; else `fetch` for a network on this machine, and `mainnet`',
          }),
        ),
        gatewayUrl: Type.Optional(
          address('An http or https address: its HTTP gateway, which plugins are told (0.2)'),
        ),
      }),
      'Networks, by name',
    ),
    canisters: named(
      Type.Array(
        Type.String({
          pattern: '^[a-z0-9-]+$',
          description: 'A principal, such as rrkah-fqaaa-aaaaa-aaaaq-cai',
        }),
      ),
      'Lists of canisters, by the name that tokens are bound to',
    ),
  },
  { title: 'The configuration of `sandpool serve`' },
);
export type ConfigurationFile = Static<typeof ConfigurationFile>;

/** Those that a run can ask for, with what holds when they are left out. */
function limits(): typeof Limits.properties {
  const standard: Readonly<Record<string, number>> = { ...DEFAULT_LIMITS, wallTimeMs: DEFAULTS.wallTimeMs };
  const properties: Record<string, TSchema> = {};
  for (const [name, schema] of Object.entries(Limits.properties)) {
    const value = standard[name];
    // JSON has no word for no limit.
    const known = value !== undefined && Number.isFinite(value) ? { default: value } : {};
    properties[name] = Type.Optional({ ...schema, maximum: Number.MAX_SAFE_INTEGER, ...known });
  }
  return properties as typeof Limits.properties;
}
