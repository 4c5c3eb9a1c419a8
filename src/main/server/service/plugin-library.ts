// The plugins of a service: their bytes by hash, what is known of each, and those that are prepared.

import PQueue from 'p-queue';
import { SandpoolError } from '../../../bridge/errors.js';
import { acceptPlugin } from '../../component/front-door.js';
import { type Inspection, inspectBytes } from '../../component/inspection.js';
import type { PreparedPlugin } from '../../component/prepared-plugin.js';
import { DownloadCache } from '../../download/download-cache.js';
import { fetchPlugin } from '../../download/fetch-plugin.js';
import type { SandboxPool } from '../../pool/sandbox-pool.js';
import type { ContentStore, UploadOptions } from '../content/index.js';
import { Turns } from '../content/turns.js';
import type { Plugin, Store } from '../store/index.js';

/** What a library is made of. */
export interface PluginLibraryParts {
  readonly store: Store;
  readonly contents: ContentStore;
  readonly pool: Pick<SandboxPool, 'prepare' | 'forget'>;
  /** The most bytes of one plugin. */
  readonly maximumBytes: number;
}

/** A plugin that was brought, and whether it is new. */
export interface AddedPlugin {
  readonly plugin: Plugin;
  readonly outcome: 'created' | 'repeated';
}

/** Who brings a plugin, and what it is to be called. */
export interface PluginOrigin {
  readonly tokenId: string;
  readonly name?: string | undefined;
}

/** What a plugin is, and whether it would run here. */
export interface InspectedPlugin extends Inspection {
  readonly plugin: Plugin;
  readonly refusal: SandpoolError | undefined;
}

/** Prepared plugins are held in memory: compiled code of some megabytes each. */
const MOST_PREPARED = 64;
const FETCH_TIMEOUT_MS = 60_000;

/** Plugins by sha256. */
export class PluginLibrary {
  readonly #parts: PluginLibraryParts;
  #hits = 0;
  #misses = 0;
  readonly #turns = new Turns();
  /** Each holds a whole plugin in memory. */
  readonly #readings = new PQueue({ concurrency: 2 });
  /** Each holds what came of it so far. */
  readonly #fetches = new PQueue({ concurrency: 4 });
  /** The latest used last. */
  readonly #prepared = new Map<string, Promise<PreparedPlugin>>();

  constructor(parts: PluginLibraryParts) {
    this.#parts = parts;
  }

  /**
   * Receives a plugin, and refuses what would not run.
   * @throws SandpoolError as `ContentStore.put` and `acceptPlugin` do
   */
  async receive(
    stream: AsyncIterable<Uint8Array>,
    origin: PluginOrigin,
    options: Omit<UploadOptions, 'maximumBytes'>,
  ): Promise<AddedPlugin> {
    const { contents, maximumBytes } = this.#parts;
    const { sha256, bytes: sizeBytes } = await contents.put(stream, { ...options, maximumBytes });
    return this.#turns.take(sha256, () =>
      this.#readings.add(() => this.#accept({ sha256, sizeBytes }, origin)),
    );
  }

  async #accept(
    { sha256, sizeBytes }: { readonly sha256: string; readonly sizeBytes: number },
    { tokenId, name = sha256.slice(0, 12) }: PluginOrigin,
  ): Promise<AddedPlugin> {
    const { store, contents } = this.#parts;
    if (!(await contents.has(sha256))) {
      throw new SandpoolError('UPLOAD_INTERRUPTED', { reason: 'it was deleted meanwhile' });
    }
    try {
      const { declaredVersion } = acceptPlugin(await contents.read(sha256), name);
      return store.plugins.add({
        sha256,
        name,
        sizeBytes,
        interfaceVersion: declaredVersion,
        createdBy: tokenId,
      });
    } catch (error) {
      if (store.plugins.find(sha256) === undefined) await contents.delete(sha256);
      throw error;
    }
  }

  /**
   * Fetches a plugin from a public address.
   * @throws SandpoolError as `fetchPlugin` and {@link receive} do
   */
  async fetch(
    location: { readonly url: string; readonly sha256: string },
    origin: PluginOrigin,
    signal: AbortSignal,
  ): Promise<AddedPlugin> {
    const bytes = await this.#fetches.add(
      () =>
        fetchPlugin(location, {
          cache: new DownloadCache({ folder: undefined }),
          addresses: 'public-only',
          timeoutMs: FETCH_TIMEOUT_MS,
          signal,
        }),
      { signal },
    );
    const name = origin.name ?? new URL(location.url).pathname.split('/').at(-1);
    return this.receive(once(bytes), { ...origin, name: name || undefined }, { signal });
  }

  /** @throws SandpoolError PLUGIN_NOT_UPLOADED, CONTENT_NOT_FOUND, CONTENT_DAMAGED, STORAGE_FAILED */
  inspect(sha256: string): Promise<InspectedPlugin> {
    // It is not removed while it is looked at.
    return this.#turns.take(sha256, async () => {
      const plugin = this.#parts.store.plugins.get(sha256);
      const refusal = await this.prepared(sha256).then(
        () => undefined,
        (error) => SandpoolError.from(error),
      );
      const inspection = await this.#readings.add(async () =>
        inspectBytes(await this.#parts.contents.read(sha256)),
      );
      return { plugin, refusal, ...inspection };
    });
  }

  /** How often a plugin that was asked for was prepared already, and how often it was not. */
  get lookups(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /**
   * A plugin that is ready to run.
   * @throws SandpoolError PLUGIN_NOT_UPLOADED, CONTENT_NOT_FOUND, CONTENT_DAMAGED, and as `SandboxPool.prepare` does
   */
  prepared(sha256: string): Promise<PreparedPlugin> {
    const known = this.#prepared.get(sha256);
    this.#prepared.delete(sha256);
    const preparing = known ?? this.#prepare(sha256);
    this.#prepared.set(sha256, preparing);
    if (known !== undefined) this.#hits += 1;
    else {
      this.#misses += 1;
      preparing.catch(() => {
        if (this.#prepared.get(sha256) === preparing) this.#prepared.delete(sha256);
      });
      this.#forgetOldest();
    }
    return preparing;
  }

  /** @throws SandpoolError PLUGIN_NOT_UPLOADED, PLUGIN_IN_USE, STORAGE_FAILED */
  remove(sha256: string): Promise<void> {
    return this.#turns.take(sha256, async () => {
      this.#parts.store.plugins.remove(sha256);
      await this.#forget(sha256);
      await this.#parts.contents.delete(sha256);
    });
  }

  async #prepare(sha256: string): Promise<PreparedPlugin> {
    const { store, contents, pool } = this.#parts;
    const { name } = store.plugins.get(sha256);
    return pool.prepare({ bytes: await contents.read(sha256), name, sha256 });
  }

  #forgetOldest(): void {
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > MOST_PREPARED && oldest !== undefined) void this.#forget(oldest);
  }

  async #forget(sha256: string): Promise<void> {
    const preparing = this.#prepared.get(sha256);
    this.#prepared.delete(sha256);
    // One that could not be prepared is not held by the pool either.
    const plugin = await preparing?.catch(() => undefined);
    if (plugin !== undefined) this.#parts.pool.forget(plugin);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
