// The environment variables that stand over the configuration file: one table.

import { SandpoolError } from '../../../bridge/errors.js';
import { LOG_LEVELS } from './configuration-schema.js';
import type { LogLevel } from './service-configuration.js';

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file, for want of `--config`. */
export const CONFIGURATION_VARIABLE = 'SANDPOOL_CONFIG';

/** What variables set. */
export interface Overrides {
  readonly listenHost?: string;
  readonly listenPort?: number;
  /** As given. */
  readonly data?: string;
  readonly concurrency?: number;
  readonly logLevel?: LogLevel;
}

interface Variable<Name extends keyof Overrides = keyof Overrides> {
  readonly name: string;
  /** What a value must be, for errors. */
  readonly bound: string;
  readonly read: (text: string) => Overrides[Name] | undefined;
}

/** The variables, by what they set. */
export const OVERRIDE_VARIABLES: { readonly [Name in keyof Overrides]-?: Variable<Name> } = Object.freeze({
  listenHost: {
    name: 'SANDPOOL_LISTEN_HOST',
    bound: 'an address (IPv6 without brackets) or name of this machine',
    read: (text) => (/^[A-Za-z0-9._:-]{1,253}$/.test(text) ? text : undefined),
  },
  listenPort: wholeNumber('SANDPOOL_LISTEN_PORT', 0, 65_535),
  data: {
    name: 'SANDPOOL_DATA',
    bound: 'the path of a folder',
    read: (text) => (text === '' || text.includes('\0') ? undefined : text),
  },
  concurrency: wholeNumber('SANDPOOL_CONCURRENCY', 1, 1000),
  logLevel: {
    name: 'SANDPOOL_LOG_LEVEL',
    bound: `one of ${LOG_LEVELS.join(', ')}`,
    read: (text) => LOG_LEVELS.find((level) => level === text),
  },
});

/** What `environment` sets. @throws SandpoolError INVALID_OPTION, naming the variable */
export function readOverrides(environment: Environment): Overrides {
  const entries = Object.entries(OVERRIDE_VARIABLES).flatMap(([setting, { name, bound, read }]) => {
    const text = environment[name];
    if (text === undefined) return [];
    const value = read(text);
    if (value !== undefined) return [[setting, value] as const];
    throw new SandpoolError('INVALID_OPTION', { option: name, bound, value: JSON.stringify(text) });
  });
  return Object.fromEntries(entries);
}

function wholeNumber(name: string, least: number, most: number) {
  return {
    name,
    bound: `a whole number from ${least} to ${most}`,
    read: (text: string): number | undefined => {
      const number = Number(text);
      return /^\d{1,15}$/.test(text) && number >= least && number <= most ? number : undefined;
    },
  };
}
