// `sandpool run`: one plugin against one canister, with no project. What a manifest would declare comes from the
// command line; paths are relative to the present folder and stay inside it.

import { resolve } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import type { PreparedPlugin } from '../component/prepared-plugin.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import { isOnThisMachine } from '../project/local-address.js';
import type { SourcePosition } from '../project/manifest-document.js';
import type { DeclaredField, DeclaredPaths, PluginStep, RootKeySource } from '../project/project-model.js';
import type { SyncPlan } from '../sync/plan.js';
import { performHere } from './perform-here.js';
import { type Planner, type RunPlanOptions, runPlan } from './run-plan.js';
import type { Terminal } from './terminal.js';

/** The options of the command, as parsed. */
export interface RunCommandOptions extends RunPlanOptions {
  readonly canister: string;
  readonly network: string;
  readonly rootKey?: RootKeySource;
  readonly environment: string;
  readonly dir?: readonly string[];
  readonly file?: readonly string[];
  readonly field?: readonly string[];
  readonly sha256?: string;
  readonly proxy?: string;
}

/** What stands where a manifest's position would. */
const COMMAND_LINE: SourcePosition = { file: 'command line', line: 1, column: 1 };

/**
 * Runs the command.
 * @returns the exit code
 * @throws SandpoolError for what is wrong with the plugin or the options
 */
export function runCommand(plugin: string, options: RunCommandOptions, terminal: Terminal): Promise<number> {
  const planner: Planner = ({ pool }) => planFor(plugin, options, pool);
  return runPlan({ name: 'run', planner, performer: performHere }, options, terminal);
}

async function planFor(path: string, options: RunCommandOptions, pool: SandboxPool): Promise<SyncPlan> {
  const { canister, network, environment, proxy, sha256 } = options;
  const fields = (options.field ?? []).map(field);
  const plugin = await pool.prepare({ path, ...(sha256 === undefined ? {} : { sha256 }) });
  const declared: PluginStep = {
    type: 'plugin',
    source: { kind: 'path', path },
    ...(sha256 === undefined ? {} : { sha256 }),
    ...declaredPaths(plugin, options),
    fields,
    canisters: [],
    position: COMMAND_LINE,
  };
  const folder = process.cwd();
  return {
    root: folder,
    environment,
    network: {
      mode: 'connected',
      name: 'of the command line',
      apiUrl: network,
      gatewayUrl: network,
      rootKey: options.rootKey ?? defaultRootKey(network),
    },
    ...(proxy === undefined ? {} : { proxyCanisterId: proxy }),
    canisters: [
      {
        name: canister,
        id: canister,
        folder,
        steps: [
          {
            kind: 'plugin',
            label: path,
            source: { path: resolve(folder, path) },
            declared,
            callable: new Map(),
          },
        ],
        knownIds: [],
      },
    ],
    withoutSteps: [],
  };
}

/** The paths in the form that the plugin's interface version takes. */
function declaredPaths(
  { interfaceVersion }: PreparedPlugin,
  { dir = [], file = [] }: RunCommandOptions,
): { files?: DeclaredPaths; directories?: DeclaredPaths } {
  if (interfaceVersion === '0.1') {
    const listed = (paths: readonly string[]): DeclaredPaths => ({
      form: 'list',
      paths: paths.map((path) => ({ path, position: COMMAND_LINE })),
    });
    return { files: listed(file), directories: listed(dir) };
  }
  const named = [...dir, ...file].map((text) => {
    const at = text.indexOf('=');
    const [key, path] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, text];
    return { key, path, position: COMMAND_LINE };
  });
  return { files: { form: 'map', paths: named } };
}

function field(text: string): DeclaredField {
  const at = text.indexOf('=');
  if (at > 0) return { name: text.slice(0, at), value: text.slice(at + 1) };
  throw new SandpoolError('INVALID_OPTION', {
    option: '--field',
    bound: 'NAME=VALUE',
    value: JSON.stringify(text),
  });
}

/** A network on this machine has a key of its own; any other is the mainnet until the user says what it is. */
function defaultRootKey(url: string): RootKeySource {
  return { kind: isOnThisMachine(url) ? 'fetch' : 'mainnet' };
}
