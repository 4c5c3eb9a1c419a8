// From an accepted component to what a worker can run: glue and compiled core modules. jco does the work, on
// threads kept for it; this file turns its ES module into an expression that can be evaluated in a realm of its own.

import './engine-flags.js';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { GLUE_FILE, type Translation } from './transpile-thread.js';

/** What running needs of a component. */
export interface TranspiledComponent {
  /** UTF-8 JavaScript: an expression giving `{ instantiate }`. */
  readonly glue: SharedArrayBuffer;
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
}

const THREAD_ENTRY = fileURLToPath(new URL('./transpile-thread.js', import.meta.url));
const IDLE_THREAD_MS = 5_000;

/** Translates and compiles components. Has threads only while there is work, and shortly after. */
export class Transpiler {
  #threads: Piscina | undefined;

  /**
   * Translates and compiles the component in `bytes`.
   * @param path what to call the plugin in messages
   * @throws SandpoolError COMPONENT_INVALID when jco or the engine refuses it
   */
  async transpile(bytes: Uint8Array, path: string): Promise<TranspiledComponent> {
    this.#threads ??= new Piscina({
      filename: THREAD_ENTRY,
      minThreads: 0,
      maxThreads: availableParallelism(),
      idleTimeout: IDLE_THREAD_MS,
      execArgv: [],
      recordTiming: false,
    });
    const translation: Translation = await this.#threads.run(bytes);
    if ('refusal' in translation)
      throw new SandpoolError('COMPONENT_INVALID', { path, reason: translation.refusal });
    const files = new Map(translation.files);
    const glue = files.get(GLUE_FILE);
    if (glue === undefined) throw new SandpoolError('INTERNAL', { reason: 'jco made no glue' });
    const modules = await Promise.all(
      [...files]
        .filter(([name]) => name.endsWith('.wasm'))
        .map(async ([name, wasm]) => [name, await compile(wasm, path)] as const),
    );
    return { glue: share(glueExpression(Buffer.from(glue).toString('utf8'))), modules: new Map(modules) };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#threads?.destroy();
  }
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
