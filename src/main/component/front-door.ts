// The front door: whether a file is a plugin that this host runs, decided from its outline alone, before
// anything is generated from it or compiled.

import { SandpoolError } from '../../bridge/errors.js';
import type { InterfaceVersion } from '../../bridge/messages.js';
import { MalformedBinary, ReadingBudget } from './byte-reader.js';
import {
  AsyncBuiltin,
  type ComponentOutline,
  type ExternItem,
  readOutline,
  wasmKind,
} from './component-outline.js';
import { checkCoreName } from './core-module/core-name.js';
import { checkDeclarations } from './core-module/declarations.js';
import { UnsupportedInModule } from './core-module/unsupported-in-module.js';
import { WORLDS } from './generated/worlds.js';

/** A plugin that passed: its interface version, and what it imports and exports. */
export interface AcceptedPlugin {
  readonly interfaceVersion: InterfaceVersion;
  /** The whole version it declares, such as `0.1.0`. */
  readonly declaredVersion: string;
  readonly outline: ComponentOutline;
}

const TYPES_IMPORT = /^icp:sync-plugin\/types@(\d+\.\d+)\.(\d+(?:[-+].*)?)$/;
const WASI_IMPORT = /^(wasi:[a-z-]+\/[a-z-]+)@0\.2\.(\d+)$/;
const NEWEST_WASI_PATCH = 12;

/** The WASI interfaces that are linked. Sockets and name lookup link too, and refuse. */
const WASI_INTERFACES: ReadonlySet<string> = new Set([
  'wasi:cli/environment',
  'wasi:cli/exit',
  'wasi:cli/stderr',
  'wasi:cli/stdin',
  'wasi:cli/stdout',
  'wasi:cli/terminal-input',
  'wasi:cli/terminal-output',
  'wasi:cli/terminal-stderr',
  'wasi:cli/terminal-stdin',
  'wasi:cli/terminal-stdout',
  'wasi:clocks/monotonic-clock',
  'wasi:clocks/wall-clock',
  'wasi:filesystem/preopens',
  'wasi:filesystem/types',
  'wasi:io/error',
  'wasi:io/poll',
  'wasi:io/streams',
  'wasi:random/insecure',
  'wasi:random/insecure-seed',
  'wasi:random/random',
  'wasi:sockets/instance-network',
  'wasi:sockets/ip-name-lookup',
  'wasi:sockets/network',
  'wasi:sockets/tcp',
  'wasi:sockets/tcp-create-socket',
  'wasi:sockets/udp',
  'wasi:sockets/udp-create-socket',
]);

/**
 * Checks the component in `bytes`.
 * @param path what to call the plugin in messages
 * @throws SandpoolError NOT_WASM, CORE_MODULE, COMPONENT_INVALID, UNSUPPORTED_INTERFACE, UNSUPPORTED_FEATURE,
 * IMPORT_DENIED, IMPORT_MISMATCH, EXPORT_MISSING, EXPORT_MISMATCH
 */
export function acceptPlugin(bytes: Uint8Array, path: string): AcceptedPlugin {
  const kind = wasmKind(bytes);
  if (kind === 'not-wasm') throw new SandpoolError('NOT_WASM', { path });
  if (kind === 'core-module') throw new SandpoolError('CORE_MODULE', { path });
  const outline = outlineOf(bytes, path);
  const { interfaceVersion, declaredVersion } = versionOf(outline, path);
  for (const item of outline.imports) checkImport(item, interfaceVersion, path);
  checkExports(outline.exports, interfaceVersion, path);
  return { interfaceVersion, declaredVersion, outline };
}

function outlineOf(bytes: Uint8Array, path: string): ComponentOutline {
  try {
    const budget = new ReadingBudget();
    const outline = readOutline(bytes, budget);
    for (const module of outline.coreModules) checkDeclarations(module, budget);
    for (const name of outline.coreNames) checkCoreName(name);
    return outline;
  } catch (error) {
    if (error instanceof MalformedBinary) {
      throw new SandpoolError('COMPONENT_INVALID', { path, reason: error.message }, { cause: error });
    }
    if (error instanceof UnsupportedInModule) {
      throw new SandpoolError('UNSUPPORTED_FEATURE', { path, feature: error.feature }, { cause: error });
    }
    if (error instanceof AsyncBuiltin) {
      throw new SandpoolError('UNSUPPORTED_FEATURE', { path, feature: 'asynchronous component functions' });
    }
    if (error instanceof RangeError) {
      throw new SandpoolError(
        'COMPONENT_INVALID',
        { path, reason: 'it is nested too deeply' },
        { cause: error },
      );
    }
    throw error;
  }
}

function versionOf(
  outline: ComponentOutline,
  path: string,
): { interfaceVersion: InterfaceVersion; declaredVersion: string } {
  const types = outline.imports.find(({ name }) => name.startsWith('icp:sync-plugin/'));
  if (types === undefined) {
    throw new SandpoolError('UNSUPPORTED_INTERFACE', {
      path,
      found: 'does not import icp:sync-plugin/types',
    });
  }
  const [, line, patch] = TYPES_IMPORT.exec(types.name) ?? [];
  if (line !== '0.1' && line !== '0.2') {
    throw new SandpoolError('UNSUPPORTED_INTERFACE', { path, found: `imports ${types.name}` });
  }
  return { interfaceVersion: line, declaredVersion: `${line}.${patch}` };
}

function checkImport({ name, type }: ExternItem, version: InterfaceVersion, path: string): void {
  const functions: Readonly<Record<string, string>> = WORLDS[version].imports;
  if (type?.kind === 'function' && Object.hasOwn(functions, name)) {
    if (type.async)
      throw new SandpoolError('UNSUPPORTED_FEATURE', { path, feature: `an asynchronous ${name}` });
    if (type.text === functions[name]) return;
    throw new SandpoolError('IMPORT_MISMATCH', { path, import: name, found: type.text });
  }
  // A named type that the world uses. A resource, which only a host could make, is none.
  if (type?.kind === 'type' && type.type.kind === 'value') return;
  if (type?.kind === 'instance' && (TYPES_IMPORT.test(name) || isGrantedWasi(name))) return;
  throw new SandpoolError('IMPORT_DENIED', { path, import: name });
}

function isGrantedWasi(name: string): boolean {
  const [, wasi, patch] = WASI_IMPORT.exec(name) ?? [];
  return wasi !== undefined && WASI_INTERFACES.has(wasi) && Number(patch) <= NEWEST_WASI_PATCH;
}

function checkExports(exports: readonly ExternItem[], version: InterfaceVersion, path: string): void {
  const exec = exports.find(({ name }) => name === 'exec');
  if (exec === undefined) throw new SandpoolError('EXPORT_MISSING', { path });
  // Undefined when exec is passed on from a nested component: the translator checks it then.
  if (exec.type === undefined) return;
  if (exec.type.kind !== 'function')
    throw new SandpoolError('EXPORT_MISMATCH', { path, found: `a ${exec.type.kind}` });
  if (exec.type.async)
    throw new SandpoolError('UNSUPPORTED_FEATURE', { path, feature: 'an asynchronous exec' });
  if (exec.type.text !== WORLDS[version].exports.exec) {
    throw new SandpoolError('EXPORT_MISMATCH', { path, found: exec.type.text });
  }
}
