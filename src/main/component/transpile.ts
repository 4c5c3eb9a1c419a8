// From an accepted component to what a worker can run: glue and compiled core modules. jco does the work, in a
// process of its own.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { PluginCode } from '../../bridge/messages.js';
import type { TranslatedComponent, Translation } from './translation.js';

const PROCESS_ENTRY = fileURLToPath(new URL('./transpile-process.js', import.meta.url));

/** A 12 MB plugin takes a second; one that takes this long was made to. */
const DEADLINE_MS = 60_000;
const HEAP_MB = 2048;

/** As many at once as there are cores, however many pools there are. */
const turns = new PQueue({ concurrency: availableParallelism() });

/**
 * Translates the component in `bytes`.
 * @param path what to call the plugin in messages
 * @param signal ends the work
 * @throws SandpoolError COMPONENT_INVALID when jco refuses it, or it takes more than a minute or 2 GB;
 * UNSUPPORTED_FEATURE when its core modules use what is not run
 */
export async function translateComponent(
  bytes: Uint8Array,
  path: string,
  signal: AbortSignal,
): Promise<TranslatedComponent> {
  const translation = await turns
    .add(() => translate(bytes, signal), { signal })
    .catch((error: unknown) => {
      throw signal.aborted ? new SandpoolError('POOL_CLOSED') : error;
    });
  if ('refusal' in translation)
    throw new SandpoolError('COMPONENT_INVALID', { path, reason: translation.refusal });
  if ('unsupported' in translation)
    throw new SandpoolError('UNSUPPORTED_FEATURE', { path, feature: translation.unsupported });
  if ('defect' in translation) throw new SandpoolError('INTERNAL', { reason: translation.defect });
  return translation;
}

/**
 * Compiles a translation.
 * @param path what to call the plugin in messages
 * @throws SandpoolError COMPONENT_INVALID when the engine refuses a core module
 */
export async function compileTranslation(
  { glue, modules }: TranslatedComponent,
  path: string,
): Promise<Pick<PluginCode, 'glue' | 'modules'>> {
  const compiled = await Promise.all(
    modules.map(
      async ({ name, bytes, claims }) => [name, { module: await compile(bytes, path), claims }] as const,
    ),
  );
  return { glue: share(glue), modules: new Map(compiled) };
}

async function translate(bytes: Uint8Array, signal: AbortSignal): Promise<Translation> {
  // Most commands find a translation and start no process.
  const { fork } = await import('node:child_process');
  signal.throwIfAborted();
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
    child.once('error', reject);
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

function share(text: string): SharedArrayBuffer {
  const bytes = Buffer.from(text, 'utf8');
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return shared;
}
