// The configuration of the service: the public face.

export { CONFIGURATION_DEFAULTS, DEFAULT_CONFIGURATION_FILE } from './configuration-defaults.js';
export { CONFIGURATION_VARIABLE, type Environment } from './environment-overrides.js';
export { type OpenIdentity, openIdentities } from './open-identities.js';
export { readConfiguration } from './read-configuration.js';
export type {
  ConfiguredIdentity,
  ConfiguredNetwork,
  LogLevel,
  ServiceConfiguration,
} from './service-configuration.js';
