// Which configuration the commands of the service mean.

import {
  CONFIGURATION_VARIABLE,
  DEFAULT_CONFIGURATION_FILE,
  readConfiguration,
  type ServiceConfiguration,
} from '../server/config/index.js';

/** The option that names it, as parsed. */
export interface ConfigurationOption {
  readonly config?: string;
}

/**
 * The configuration in the file that the option names, else the environment, else in the present folder.
 * @throws SandpoolError CONFIG_UNREADABLE, CONFIG_INVALID, INVALID_OPTION
 */
export function configurationOf({ config }: ConfigurationOption): ServiceConfiguration {
  const file = config ?? process.env[CONFIGURATION_VARIABLE] ?? DEFAULT_CONFIGURATION_FILE;
  return readConfiguration(file, process.env);
}
