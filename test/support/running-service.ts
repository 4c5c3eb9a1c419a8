// A service in this process, over HTTP, with everything it keeps in a folder of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openIdentities, readConfiguration } from '#src/main/server/config/index.js';
import { type HttpServer, startHttpServer } from '#src/main/server/http/http-server.js';
import type { PageFile } from '#src/main/server/page-files.js';
import { Service } from '#src/main/server/service/service.js';
import type { Scope } from '#src/main/server/store/index.js';
import { TRANSLATIONS } from './translations.js';

/** What is served. */
export interface RunningServiceOptions {
  /** Address and root key of each network, by name. */
  readonly networks: Readonly<Record<string, { readonly url: string; readonly rootKeyHex: string }>>;
  /** Lists of canisters; a token is bound to all of them, and to any canister when there are none. */
  readonly canisters?: Readonly<Record<string, readonly string[]>>;
  readonly concurrency?: number;
  /** What requests may call it, besides its own address. */
  readonly hosts?: readonly string[];
  /** The files of the page, by path. @default none */
  readonly page?: ReadonlyMap<string, PageFile>;
  /** Further settings of the configuration, in place of those of tests. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Pages that may ask. */
  readonly origins?: readonly string[];
  /** A port that is free, for a service that comes back to the same one. */
  readonly port?: number;
  /** Of an earlier one that was closed. */
  readonly folder?: string;
}

/** A service that answers. */
export interface RunningService {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly service: Service;
  /** A new token. @param scopes else all but to administer */
  token(scopes?: readonly Scope[]): string;
  /** Ends it as SIGTERM does. @param deadlineMs how long runs may go on */
  close(deadlineMs?: number): Promise<void>;
  /** Removes what it kept. */
  remove(): void;
}

/** Starts one. Its identities are `deployer`, who is anonymous. */
export async function startService(options: RunningServiceOptions): Promise<RunningService> {
  const {
    networks,
    canisters,
    concurrency = 4,
    port = 0,
    hosts = [],
    origins = [],
    page = new Map(),
  } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sandpool-service-'));
  const file = join(folder, 'sandpool.yaml');
  const document = {
    data: './data',
    cache: TRANSLATIONS,
    listen: { host: '127.0.0.1', port },
    hosts,
    concurrency,
    origins,
    log: { level: 'silent' },
    requests: { perMinute: 100_000 },
    identities: { deployer: { anonymous: true } },
    networks: Object.fromEntries(
      Object.entries(networks).map(([name, { url, rootKeyHex }]) => [name, { url, rootKey: rootKeyHex }]),
    ),
    ...(canisters === undefined ? {} : { canisters }),
    ...options.settings,
  };
  // JSON is YAML too.
  writeFileSync(file, JSON.stringify(document));
  const configuration = readConfiguration(file, {});
  const identities = await openIdentities(configuration);
  const service = await Service.open({ configuration, identities, logger: pino({ level: 'silent' }) });
  service.start();
  const server: HttpServer = await startHttpServer({ service, version: '0.0.0', page });
  return {
    url: `http://127.0.0.1:${server.address.port}`,
    port: server.address.port,
    folder,
    service,
    token: (scopes = ['read', 'run']) => {
      const lists = canisters === undefined ? {} : { canisters: Object.keys(canisters) };
      return service.store.tokens.create({ name: 'test', scopes, ...lists }).secret;
    },
    close: async (deadlineMs = 0) => {
      await Promise.all([service.close(deadlineMs), server.close()]);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
