// The built command, run as a user runs it: a process of its own, in a project of its own.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SyncEvent } from '#src/main/sync/sync-events.js';
import { CACHES } from '../../support/translations.js';

/** The built command. */
export const BIN = fileURLToPath(new URL('../../../dist/main/command/sandpool.cjs', import.meta.url));
const C_PLUGIN = fileURLToPath(new URL('../../../fixtures/plugins/seed-data-c/plugin.wasm', import.meta.url));

/** Where icp-cli would keep identities: nothing is there, whoever runs the tests. */
const NO_IDENTITIES = fileURLToPath(new URL('../../../fixtures/build/no-identities', import.meta.url));

/** How a command ended. */
export interface CommandResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface RunningCommand {
  readonly ended: Promise<CommandResult>;
  /** Resolves with the text so far of the stream once it matches. Rejects if the command ends first. */
  until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Stops reading its stdout for good. */
  closeStdout(): void;
}

/** Starts `sandpool` with `words`. */
export function start(
  words: readonly string[],
  folder: string = tmpdir(),
  variables: Readonly<Record<string, string>> = {},
): RunningCommand {
  const child = spawn(process.execPath, [BIN, ...words], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_CACHE_HOME: CACHES,
      ICP_HOME: NO_IDENTITIES,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text[name] += part;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...text }));
  });
  return {
    ended,
    until: (stream, pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!pattern.test(text[stream])) return;
          waiting.delete(check);
          resolve(text[stream]);
        };
        waiting.add(check);
        check();
        ended.then(({ stdout, stderr }) =>
          reject(new Error(`it ended before ${pattern}:\n${stdout}\n${stderr}`)),
        );
      }),
    kill: (signal) => child.kill(signal),
    closeStdout: () => child.stdout.destroy(),
  };
}

/** Runs `sandpool` with `words` to its end. */
export function sandpool(
  words: readonly string[],
  folder?: string,
  variables?: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  return start(words, folder, variables).ended;
}

/** The events in the stdout of a command with `--json`. Throws unless every line is one JSON object. */
export function eventsOf({ stdout }: CommandResult): SyncEvent[] {
  if (stdout === '') return [];
  if (!stdout.endsWith('\n')) throw new Error('the last line is cut off');
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as SyncEvent);
}

/** The events of one type. */
export function ofType<Type extends SyncEvent['type']>(
  events: readonly SyncEvent[],
  type: Type,
): Extract<SyncEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<SyncEvent, { type: Type }> => event.type === type);
}

/** A network as a project needs to know it. */
export interface ProjectNetwork {
  readonly url: string;
  readonly rootKeyHex: string;
  readonly canisters: readonly { readonly name: string; readonly id: string }[];
}

/** What a project is made of. */
export interface ProjectParts {
  readonly network: ProjectNetwork;
  /** The sync steps of each canister, in YAML's flow style. */
  readonly steps: Readonly<Record<string, string>>;
  /** More files, by their path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** Makes a project whose environment `test` is on `network`. `seed.wasm` is the plugin of fixtures/plugins/seed-data-c. */
export function makeProject({ network, steps, files = {} }: ProjectParts): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandpool-cli-'));
  const canisters = Object.entries(steps).map(
    ([name, list]) => `  - name: ${name}\n    build: {steps: []}\n    sync: {steps: ${list}}\n`,
  );
  write(
    folder,
    'icp.yaml',
    `canisters:\n${canisters.join('')}networks:\n  - {name: net, mode: connected, url: "${network.url}", root-key: "${network.rootKeyHex}"}\nenvironments:\n  - {name: test, network: net}\n`,
  );
  const ids = Object.fromEntries(network.canisters.map(({ name, id }) => [name, id]));
  write(folder, '.icp/data/mappings/test.ids.json', JSON.stringify(ids));
  copyFileSync(C_PLUGIN, join(folder, 'seed.wasm'));
  for (const [path, content] of Object.entries(files)) write(folder, path, content);
  return folder;
}

/** Removes what {@link makeProject} made. */
export function removeProject(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function write(folder: string, path: string, content: string | Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
