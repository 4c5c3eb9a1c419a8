// `sandpool serve`: the service, from its configuration to its end.

import { type Logger, pino } from 'pino';
import { hostInUrl } from '../server/access/index.js';
import { openIdentities, type ServiceConfiguration } from '../server/config/index.js';
import { startHttpServer } from '../server/http/http-server.js';
import { readPageFiles } from '../server/page-files.js';
import { Service } from '../server/service/service.js';
import { interrupted, listenForInterruption } from './interruption.js';
import { packageVersion } from './package-version.js';
import { checkConfiguration } from './serve-check.js';
import { type ConfigurationOption, configurationOf } from './service-configuration.js';
import type { Terminal } from './terminal.js';

const GATHERED_LOG_BYTES = 4096;
const LOG_FLUSH_MS = 250;

/** The options of the command, as parsed. */
export interface ServeCommandOptions extends ConfigurationOption {
  readonly check?: true;
}

/**
 * Runs the command: says on standard output where it listens, and logs to standard error.
 * @returns the exit code
 * @throws SandpoolError CONFIG_UNREADABLE, CONFIG_INVALID, LISTEN_FAILED, and as `Service.open` does
 */
export async function serveCommand(options: ServeCommandOptions, terminal: Terminal): Promise<number> {
  const configuration = configurationOf(options);
  const identities = await openIdentities(configuration);
  if (options.check === true) {
    checkConfiguration(configuration, identities, terminal);
    return 0;
  }
  const logger = loggerOf(configuration);
  using interruption = listenForInterruption({
    onFirst: (signal) => logger.info({ signal }, 'asked to end: the same again ends at once'),
    onSecond: () => logger.flush(),
  });
  await using service = await Service.open({ configuration, identities, logger });
  const server = await startHttpServer({ service, version: packageVersion(), page: await readPageFiles() });
  const { host, port } = server.address;
  const url = `http://${hostInUrl(host)}:${port}`;
  logger.info({ url, version: packageVersion() }, 'serving');
  terminal.stdout.line(url);
  service.start();
  await interrupted(interruption);
  // New work is refused from here on, while what is under way can still be watched to its end.
  await service.drain();
  await server.close();
  return 0;
}

function loggerOf({ log }: ServiceConfiguration): Logger {
  return pino(
    {
      level: log.level,
      redact: ['req.headers.authorization', 'headers.authorization', 'token', 'secret', 'password'],
    },
    // A write of its own for every line would cost a busy service more than the line: they gather for a moment, and what
    // is left is written when the process ends.
    pino.destination({ dest: 2, sync: false, minLength: GATHERED_LOG_BYTES, periodicFlush: LOG_FLUSH_MS }),
  );
}
