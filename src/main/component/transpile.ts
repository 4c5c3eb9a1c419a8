// From an accepted component to what a worker can run: glue and compiled core modules. jco does the work, in a
// process of its own; this file turns its ES module into an expression that can be evaluated in a realm of its own.

import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { makeGuestsStoppable } from './engine-flags.js';
import { GLUE_FILE, type Translation } from './translation.js';

/** What running needs of a component. */
export interface TranspiledComponent {
  /** UTF-8 JavaScript: an expression giving `{ instantiate }`. */
  readonly glue: SharedArrayBuffer;
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
}

const PROCESS_ENTRY = fileURLToPath(new URL('./transpile-process.js', import.meta.url));

/** A 12 MB plugin takes a second; one that takes this long was made to. */
const DEADLINE_MS = 60_000;
const HEAP_MB = 2048;

/** As many at once as there are cores, however many pools there are. */
const turns = new PQueue({ concurrency: availableParallelism() });

/**
 * Translates and compiles the component in `bytes`.
 * @param path what to call the plugin in messages
 * @param signal ends the work
 * @throws SandpoolError COMPONENT_INVALID when jco or the engine refuses it, or it takes more than a minute or 2 GB
 */
export async function transpileComponent(
  bytes: Uint8Array,
  path: string,
  signal: AbortSignal,
): Promise<TranspiledComponent> {
  const translation = await turns.add(() => translate(bytes, signal), { signal });
  if ('refusal' in translation)
    throw new SandpoolError('COMPONENT_INVALID', { path, reason: translation.refusal });
  const files = new Map(translation.files);
  const glue = files.get(GLUE_FILE);
  if (glue === undefined) throw new SandpoolError('INTERNAL', { reason: 'jco made no glue' });
  makeGuestsStoppable();
  const modules = await Promise.all(
    [...files]
      .filter(([name]) => name.endsWith('.wasm'))
      .map(async ([name, wasm]) => [name, await compile(wasm, path)] as const),
  );
  return { glue: share(glueExpression(Buffer.from(glue).toString('utf8'))), modules: new Map(modules) };
}

function translate(bytes: Uint8Array, signal: AbortSignal): Promise<Translation> {
  return new Promise((resolve, reject) => {
    const child = fork(PROCESS_ENTRY, {
      env: {},
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
      signal,
    });
    child.once('message', (translation) => resolve(translation as Translation));
    child.once('error', (error) => reject(signal.aborted ? new SandpoolError('POOL_CLOSED') : error));
    // After everything it sent has been taken: only a child that was ended has not sent its translation by then.
    child.once('disconnect', () => {
      resolve({ refusal: `its translation takes more than ${DEADLINE_MS / 1000} s or ${HEAP_MB} MB` });
    });
    child.send(bytes);
  });
}

async function compile(wasm: Uint8Array, path: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(wasm);
  } catch (error) {
    throw new SandpoolError('COMPONENT_INVALID', { path, reason: describe(error) }, { cause: error });
  }
}

/**
 * jco writes an ES module with two exports and no imports; a script has neither. Anything else in export or
 * import position means that jco's output has changed, and must not be run as if it had not.
 */
function glueExpression(module: string): string {
  const body = module.replace(/^export (function instantiate\(|const _util = )/gm, '$1');
  if (/^\s*(export|import)\b/m.test(body)) {
    throw new SandpoolError('INTERNAL', { reason: 'the glue imports or exports more than it should' });
  }
  return `(() => { 'use strict';\n${body}\nreturn { instantiate };\n})()`;
}

function share(text: string): SharedArrayBuffer {
  const bytes = Buffer.from(text, 'utf8');
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return shared;
}
