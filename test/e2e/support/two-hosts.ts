// The same plugins under icp-cli and under sandpool: two projects that differ in nothing but the ids of their
// canisters, on one network that tells what each canister was asked for.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import PQueue from 'p-queue';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { installIcpCli } from '../../../scripts/icp-cli.mjs';
import { eventsOf, sandpool } from '../../main/cli/command-line.js';
import { CACHES } from '../../support/translations.js';
import { type HostReport, readEvents, readIcpCli } from './host-reports.js';

/** A plugin and what its step declares; the name is also that of its canister. */
export interface GuestCase {
  readonly name: string;
  readonly component: Uint8Array;
  /** The step's settings beside its type and path, in YAML's flow style, such as `dirs: [seed]`. */
  readonly step?: string;
  /** Files of the project that it alone needs, by their path. */
  readonly files?: Readonly<Record<string, string>>;
  /** After so long icp-cli is ended from outside, and the outcome is `no end`. @default 40_000 */
  readonly icpCliDeadlineMs?: number;
}

/** What a run came to, told by one host and seen by the network. */
export interface View extends HostReport {
  /** How often each method of the canister was called, such as `update set` and `query count`. */
  readonly calls: Readonly<Record<string, number>>;
}

/** One case under both. */
export interface BothViews {
  readonly icpCli: View;
  readonly sandpool: View;
}

/** What both projects hold beside their manifest and plugins. */
export type Seeding = (folder: string) => Promise<void>;

const HOSTS = ['icpCli', 'sandpool'] as const;
type Host = (typeof HOSTS)[number];

/** Seconds that a plugin may compute: by its own clock under sandpool, by that of the wall under icp-cli. */
export interface ComputeLimits {
  readonly icpCli: number;
  readonly sandpool: number;
}

const ICP_CLI_AT_ONCE = 4;
const SANDPOOL_AT_ONCE = 20;
const ICP_CLI_DEADLINE_MS = 40_000;
const ENVIRONMENT = 'test';

/** Runs every case once under each host. @returns what came of each, by its name */
export async function runUnderBoth(
  cases: readonly GuestCase[],
  seed: Seeding,
  limits: ComputeLimits,
): Promise<Map<string, BothViews>> {
  const root = await mkdtemp(join(tmpdir(), 'two-hosts-'));
  const network = await startLocalnet({
    canisters: HOSTS.flatMap((host) => cases.map(({ name }) => ({ kind: 'kv', name: `${host} ${name}` }))),
  });
  try {
    const folders = { icpCli: join(root, 'icpCli'), sandpool: join(root, 'sandpool') };
    for (const host of HOSTS) await writeProject(folders[host], host, cases, network, seed);
    const reports = {
      icpCli: await underIcpCli(folders.icpCli, cases, limits.icpCli),
      sandpool: await underSandpool(folders.sandpool, cases, limits.sandpool),
    };
    const canisters = new Map(
      network.canisters.map(({ id, name }) => [id, name.slice(name.indexOf(' ') + 1)]),
    );
    const neutral = (text: string): string =>
      text.replace(/\b(?:[a-z2-7]{5}-){4}cai\b/g, (id) => `<id of ${canisters.get(id)}>`);
    return new Map(
      cases.map(({ name }) => {
        const view = (host: Host): View => {
          const report = reports[host].get(name);
          if (report === undefined) throw new Error(`${host} says nothing of ${name}`);
          return {
            outcome: neutral(report.outcome),
            output: report.output.map(neutral),
            calls: callsOf(network, idOf(network, host, name)),
          };
        };
        return [name, { icpCli: view('icpCli'), sandpool: view('sandpool') }];
      }),
    );
  } finally {
    await network.close();
    await rm(root, { recursive: true, force: true });
  }
}

function idOf(network: Localnet, host: Host, name: string): string {
  const canister = network.canisters.find((other) => other.name === `${host} ${name}`);
  if (canister === undefined) throw new Error(`there is no canister for ${name}`);
  return canister.id;
}

function callsOf(network: Localnet, id: string): Record<string, number> {
  const counts = network.statistics().canisters[id];
  if (counts === undefined) return {};
  const named = (kind: string, methods: Readonly<Record<string, number>>) =>
    Object.entries(methods).map(([method, count]) => [`${kind} ${method}`, count] as const);
  return Object.fromEntries([...named('update', counts.updates), ...named('query', counts.queries)]);
}

async function writeProject(
  folder: string,
  host: Host,
  cases: readonly GuestCase[],
  network: Localnet,
  seed: Seeding,
): Promise<void> {
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  const ids = Object.fromEntries(cases.map(({ name }) => [name, idOf(network, host, name)]));
  await write(`.icp/data/mappings/${ENVIRONMENT}.ids.json`, JSON.stringify(ids));
  await write(
    'icp.yaml',
    `networks:
  - { name: embedded, mode: connected, url: "${network.url}", root-key: ${network.rootKeyHex} }
environments:
  - { name: ${ENVIRONMENT}, network: embedded }
canisters:
${cases.map(canisterOf).join('\n')}
`,
  );
  for (const { name, component, files = {} } of cases) {
    await write(`${name}.wasm`, component);
    for (const [path, content] of Object.entries(files)) await write(path, content);
  }
  await mkdir(join(folder, 'home'));
  await seed(folder);
}

function canisterOf({ name, step }: GuestCase): string {
  const settings = step === undefined ? '' : `, ${step}`;
  return `  - name: ${name}
    build: { steps: [{ type: script, commands: ["true"] }] }
    sync: { steps: [{ type: plugin, path: ${name}.wasm${settings} }] }`;
}

/** A process for each case: it syncs one canister after another, and is slow about many. */
async function underIcpCli(
  folder: string,
  cases: readonly GuestCase[],
  limitSeconds: number,
): Promise<Map<string, HostReport>> {
  const reports = new Map<string, HostReport>();
  const queue = new PQueue({ concurrency: ICP_CLI_AT_ONCE });
  await queue.addAll(
    cases.map(({ name, icpCliDeadlineMs = ICP_CLI_DEADLINE_MS }) => async () => {
      reports.set(name, await icpCliSync(folder, name, limitSeconds, icpCliDeadlineMs));
    }),
  );
  return reports;
}

function icpCliSync(
  folder: string,
  canister: string,
  limitSeconds: number,
  deadlineMs: number,
): Promise<HostReport> {
  const args = ['sync', canister, '--environment', ENVIRONMENT, '--identity', 'anonymous'];
  const home = join(folder, 'home');
  const child = spawn(installIcpCli(), args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      XDG_CACHE_HOME: CACHES,
      HOME: home,
      ICP_HOME: join(home, 'icp'),
      DO_NOT_TRACK: '1',
      RUST_BACKTRACE: '0',
      ICP_CLI_PLUGIN_COMPUTE_LIMIT_SECS: String(limitSeconds),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(part));
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      clearTimeout(deadline);
      resolve(readIcpCli(canister, exitCode, Buffer.concat(parts).toString()));
    });
  });
}

/** A process for every few: each translates its plugins while it is talking to the network, which takes a while. */
async function underSandpool(
  folder: string,
  cases: readonly GuestCase[],
  limitSeconds: number,
): Promise<Map<string, HostReport>> {
  const options = ['--environment', ENVIRONMENT, '--compute-limit', String(limitSeconds), '--json'];
  const reports = new Map<string, HostReport>();
  for (let at = 0; at < cases.length; at += SANDPOOL_AT_ONCE) {
    const names = cases.slice(at, at + SANDPOOL_AT_ONCE).map(({ name }) => name);
    const events = eventsOf(await sandpool(['sync', ...names, ...options], folder));
    for (const [name, report] of readEvents(events)) reports.set(name, report);
  }
  return reports;
}
