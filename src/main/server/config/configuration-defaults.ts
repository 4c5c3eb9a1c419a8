// What holds for a setting that the configuration leaves out.

import { DEFAULT_BUNDLE_LIMITS } from '../content/bundle-limits.js';

const MEBIBYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;

/** Where the configuration is when nobody says. */
export const DEFAULT_CONFIGURATION_FILE = './sandpool.yaml';

/** How long a day of `retention` is, and how large a megabyte. */
export const RETENTION_UNITS = Object.freeze({ dayMs: DAY_MS, megabyteBytes: MEBIBYTE });

/** The defaults of all settings that do not depend on the machine. */
export const CONFIGURATION_DEFAULTS = Object.freeze({
  listen: Object.freeze({ host: '127.0.0.1', port: 7780 }),
  /** Unlike for a pool: nobody is there to end what never comes back. The other limits are those of a pool. */
  wallTimeMs: 60 * 60_000,
  uploads: Object.freeze({
    pluginBytes: 256 * MEBIBYTE,
    bundleBytes: 256 * MEBIBYTE,
    unpackedBytes: DEFAULT_BUNDLE_LIMITS.unpackedBytes,
    bundleEntries: DEFAULT_BUNDLE_LIMITS.entries,
    totalBytes: 16 * 1024 * MEBIBYTE,
  }),
  requests: Object.freeze({
    perMinute: 600,
    /** A batch of 10,000 runs has about 1 MB. */
    bodyBytes: 8 * MEBIBYTE,
    timeoutMs: 30_000,
    eventStreams: 256,
  }),
  retention: Object.freeze({ days: 30, megabytes: 2048, auditDays: 365 }),
  shutdown: Object.freeze({ deadlineMs: 30_000 }),
  log: Object.freeze({ level: 'info' as const }),
});
