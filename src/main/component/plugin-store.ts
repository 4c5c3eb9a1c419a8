// Prepares plugins, each once: by the sha256 of its bytes, for as long as the store lives. Runs that ask for
// the same plugin while it is being prepared share the work.

import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { CodeCache } from './cache/code-cache.js';
import type { TranslationCache } from './cache/translation-cache.js';
import { acceptPlugin } from './front-door.js';
import type { PluginSource, PreparedPlugin } from './prepared-plugin.js';
import type { TranslatedComponent } from './translation.js';
import { compileTranslation, translateComponent } from './transpile.js';

/** The largest component that is looked at. */
export const MAXIMUM_PLUGIN_BYTES = 256 * 1024 * 1024;

/** A plugin's bytes, found and verified. */
export interface LoadedPlugin {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** What outlives the process. */
export interface PluginCaches {
  readonly translations: TranslationCache;
  readonly codes: CodeCache;
}

/** Keeps what it has prepared. */
export class PluginStore {
  readonly #closed = new AbortController();
  readonly #prepared = new Map<string, Promise<PreparedPlugin>>();
  readonly #caches: PluginCaches | undefined;
  readonly #writes = new Set<Promise<void>>();

  constructor(caches?: PluginCaches) {
    this.#caches = caches;
    // Any number of plugins may be under preparation, each listening.
    setMaxListeners(0, this.#closed.signal);
  }

  /**
   * Finds, checks and prepares a plugin.
   * @throws SandpoolError as {@link loadPlugin} and `acceptPlugin` do
   */
  async prepare(source: PluginSource): Promise<PreparedPlugin> {
    const loaded = await loadPlugin(source);
    const { sha256 } = loaded;
    const kept = this.#prepared.get(sha256);
    if (kept !== undefined) return { ...(await kept), name: loaded.name };
    const preparing = this.#prepare(loaded);
    this.#prepared.set(sha256, preparing);
    // A failure is told to whoever asked; the next one to ask gets a fresh try under its own name.
    preparing.catch(() => this.#prepared.delete(sha256));
    return preparing;
  }

  /** Lets go of a plugin: who asks for it again has it prepared anew. Runs that have it go on. */
  forget(sha256: string): void {
    this.#prepared.delete(sha256);
  }

  /**
   * Ends preparations under way; they reject with POOL_CLOSED. What has been prepared stays good. Resolves when
   * nothing is written to the cache any more.
   */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#writes);
  }

  async #prepare(plugin: LoadedPlugin): Promise<PreparedPlugin> {
    const { name, bytes, sha256 } = plugin;
    const { interfaceVersion, declaredVersion, outline } = acceptPlugin(bytes, name);
    const translation = await this.#translation(plugin);
    const { glue, modules } = await compileTranslation(translation, name);
    const compiledGlue = this.#caches?.codes.read(translation.glue);
    return Object.freeze({
      name,
      sha256,
      bytes: bytes.byteLength,
      interfaceVersion,
      declaredVersion,
      imports: outline.imports.filter(({ type }) => type?.kind !== 'type').map((item) => item.name),
      exports: outline.exports.map((item) => item.name),
      producers: outline.producers,
      code: { sha256, interfaceVersion, glue, modules },
      ...(compiledGlue === undefined ? {} : { compiledGlue }),
    });
  }

  async #translation({ name, bytes, sha256 }: LoadedPlugin): Promise<TranslatedComponent> {
    const kept = await this.#caches?.translations.read(sha256);
    if (kept !== undefined) return kept;
    const made = await translateComponent(bytes, name, this.#closed.signal);
    const write = this.#caches?.translations.write({ plugin: name, sha256 }, made);
    if (write !== undefined) {
      this.#writes.add(write);
      void write.then(() => this.#writes.delete(write));
    }
    return made;
  }
}

/**
 * Reads a plugin's bytes and checks their hash.
 * @throws SandpoolError INVALID_OPTION, PLUGIN_NOT_FOUND, PLUGIN_UNREADABLE, PLUGIN_TOO_LARGE, PLUGIN_HASH_MISMATCH
 */
export async function loadPlugin(source: PluginSource): Promise<LoadedPlugin> {
  const name = source.name ?? source.path ?? 'plugin';
  const expected = checkedHash(source.sha256);
  const bytes = await sourceBytes(source, name);
  if (bytes.byteLength > MAXIMUM_PLUGIN_BYTES) {
    throw tooLarge(name, bytes.byteLength);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (expected !== undefined && expected !== sha256) {
    throw new SandpoolError('PLUGIN_HASH_MISMATCH', { path: name, actual: sha256, expected });
  }
  return { name, bytes, sha256 };
}

function checkedHash(sha256: string | undefined): string | undefined {
  if (sha256 === undefined) return undefined;
  if (!/^[0-9a-fA-F]{64}$/.test(sha256)) {
    throw new SandpoolError('INVALID_OPTION', {
      option: 'sha256',
      bound: '64 hexadecimal characters',
      value: sha256,
    });
  }
  return sha256.toLowerCase();
}

async function sourceBytes({ path, bytes }: PluginSource, name: string): Promise<Uint8Array> {
  if ((path === undefined) === (bytes === undefined)) {
    throw new SandpoolError('INVALID_OPTION', {
      option: 'source',
      bound: 'one of path and bytes',
      value: path === undefined ? 'neither' : 'both',
    });
  }
  // A caller may go on using its buffer: what was hashed must be what is run.
  if (bytes !== undefined) return bytes.slice();
  try {
    return await readWhole(path as string, name);
  } catch (error) {
    if (error instanceof SandpoolError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new SandpoolError('PLUGIN_NOT_FOUND', { path: name }, { cause: error });
    throw new SandpoolError(
      'PLUGIN_UNREADABLE',
      { path: name, reason: code ?? describe(error) },
      { cause: error },
    );
  }
}

/** A pipe is not waited for, a device not read without end, and what is too large not read at all. */
async function readWhole(path: string, name: string): Promise<Uint8Array> {
  await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const status = await file.stat();
  if (!status.isFile() && !status.isDirectory())
    throw new SandpoolError('PLUGIN_UNREADABLE', { path: name, reason: 'it is not a regular file' });
  if (status.size > MAXIMUM_PLUGIN_BYTES) throw tooLarge(name, status.size);
  return await file.readFile();
}

function tooLarge(path: string, bytes: number): SandpoolError {
  return new SandpoolError('PLUGIN_TOO_LARGE', { path, bytes, limitBytes: MAXIMUM_PLUGIN_BYTES });
}
