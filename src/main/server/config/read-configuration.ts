// Reads the configuration: the file, the variables over it, and the defaults below it, checked as a whole.

import { dirname, join, resolve } from 'node:path';
import { SandpoolError } from '../../../bridge/errors.js';
import { defaultCacheFolder } from '../../component/cache/cache-folder.js';
import { DEFAULT_LIMITS, resolveLimits } from '../../pool/limits.js';
import { resolvePoolOptions } from '../../pool/pool-options.js';
import { isLoopbackAddress } from '../access/host-name.js';
import { CONFIGURATION_DEFAULTS as DEFAULTS, RETENTION_UNITS } from './configuration-defaults.js';
import { type ConfigurationDocument, readDocument } from './configuration-document.js';
import { ConfigurationFile } from './configuration-schema.js';
import {
  type Environment,
  OVERRIDE_VARIABLES,
  type Overrides,
  readOverrides,
} from './environment-overrides.js';
import { readCanisters, readIdentities, readNetworks } from './read-grantable.js';
import { readHosts, readOrigins } from './read-sources.js';
import type { ServiceConfiguration } from './service-configuration.js';
import { shapeProblem } from './shape-problem.js';

const STORE_FILE = 'service.db';

/**
 * The configuration in `file`, with what `environment` sets over it.
 *
 * Relative paths in the file are relative to its folder; that of `SANDPOOL_DATA` is to the present one.
 *
 * @throws SandpoolError CONFIG_UNREADABLE; CONFIG_INVALID with file, line and column; INVALID_OPTION for a variable
 * @example
 * ```ts
 * const configuration = readConfiguration('./sandpool.yaml', process.env);
 * const identities = await openIdentities(configuration);
 * ```
 */
export function readConfiguration(file: string, environment: Environment): ServiceConfiguration {
  const path = resolve(file);
  const overrides = readOverrides(environment);
  const document = readDocument(path, file);
  const written = checked(document, overrides);
  const inFolder = (relative: string) => resolve(dirname(path), relative);
  const { uploads, requests, retention, shutdown, log } = DEFAULTS;
  const kept = { ...retention, ...written.retention };
  const dataFolder = overrides.data === undefined ? inFolder(written.data) : resolve(overrides.data);
  return deeplyFrozen({
    file: path,
    listen: listenOf(document, written, overrides),
    hosts: readHosts(document, written),
    origins: readOrigins(document, written),
    dataFolder,
    storeFile: join(dataFolder, STORE_FILE),
    cacheFolder: cacheFolderOf(written, inFolder, environment),
    concurrency: overrides.concurrency ?? written.concurrency ?? resolvePoolOptions().maxThreads,
    limits: resolveLimits(written.limits, { ...DEFAULT_LIMITS, wallTimeMs: DEFAULTS.wallTimeMs }),
    uploads: { ...uploads, ...written.uploads },
    requests: { ...requests, ...written.requests },
    retention: {
      maximumAgeMs: kept.days * RETENTION_UNITS.dayMs,
      maximumBytes: kept.megabytes * RETENTION_UNITS.megabyteBytes,
      auditMaximumAgeMs: kept.auditDays * RETENTION_UNITS.dayMs,
    },
    shutdown: { ...shutdown, ...written.shutdown },
    log: { level: overrides.logLevel ?? written.log?.level ?? log.level },
    identities: readIdentities(document, written, inFolder),
    networks: readNetworks(document, written),
    canisters: readCanisters(document, written),
  });
}

/** What is written, once it has the shape that it is to have. */
function checked(document: ConfigurationDocument, { data }: Overrides): ConfigurationFile {
  const value = withoutEmpty(document.value);
  // The one setting that has to be there; a variable will do.
  const whole =
    data !== undefined && isMap(value) && value['data'] === undefined ? { ...value, data } : value;
  const problem = shapeProblem(ConfigurationFile, whole, document);
  if (problem !== undefined) throw problem;
  return whole as ConfigurationFile;
}

/** A section with nothing in it, such as one whose lines are all comments, is the same as one left out. */
function withoutEmpty(value: unknown): unknown {
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listenOf(
  document: ConfigurationDocument,
  written: ConfigurationFile,
  overrides: Overrides,
): ServiceConfiguration['listen'] {
  const host = overrides.listenHost ?? written.listen?.host ?? DEFAULTS.listen.host;
  const port = overrides.listenPort ?? written.listen?.port ?? DEFAULTS.listen.port;
  if (isLoopbackAddress(host) || (written.hosts ?? []).length > 0) return { host, port };
  if (overrides.listenHost !== undefined) {
    throw new SandpoolError('INVALID_OPTION', {
      option: OVERRIDE_VARIABLES.listenHost.name,
      bound: 'an address of this machine only, such as 127.0.0.1, while the configuration has no `hosts`',
      value: JSON.stringify(host),
    });
  }
  throw document.problem(
    ['listen', 'host'],
    'others can reach this address: list in `hosts` the names by which they may, such as sandpool.example.org',
  );
}

function cacheFolderOf(
  { cache }: ConfigurationFile,
  inFolder: (relative: string) => string,
  environment: Environment,
): string | undefined {
  if (cache === false) return undefined;
  return cache === undefined ? defaultCacheFolder({ ...environment }) : inFolder(cache);
}

/** Frozen with all objects in it; maps are read-only by their type. */
function deeplyFrozen<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deeplyFrozen(member);
  }
  return Object.freeze(value);
}
