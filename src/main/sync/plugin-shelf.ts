// The plugins of one sync: each file prepared once, however many canisters use it, and its preparation told once.

import { SandpoolError } from '../../bridge/errors.js';
import type { PluginSource, PreparedPlugin } from '../component/prepared-plugin.js';
import type { PlannedPlugin } from './plan.js';
import { type PluginFetcher, pluginKey, pluginSource } from './prepare-plugins.js';
import { errorReport, type SyncEventBody } from './sync-events.js';

/** What is told of a plugin that is ready. */
type ReadyPlugin = Pick<PreparedPlugin, 'sha256' | 'declaredVersion' | 'bytes'>;

/** What prepares plugins: a pool, or whatever else gets them ready. */
export interface PluginPreparer<Ready extends ReadyPlugin = PreparedPlugin> {
  prepare(source: PluginSource): Promise<Ready>;
}

/** Prepares plugins as they are asked for. */
export class PluginShelf<Ready extends ReadyPlugin = PreparedPlugin> {
  readonly #preparer: PluginPreparer<Ready>;
  readonly #fetchPlugin: PluginFetcher;
  readonly #emit: (event: SyncEventBody) => void;
  readonly #plugins = new Map<string, Promise<Ready>>();

  constructor(
    preparer: PluginPreparer<Ready>,
    fetchPlugin: PluginFetcher,
    emit: (event: SyncEventBody) => void,
  ) {
    this.#preparer = preparer;
    this.#fetchPlugin = fetchPlugin;
    this.#emit = emit;
  }

  /**
   * The plugin of a step.
   * @throws SandpoolError as `SandboxPool.prepare` does, and the fetching of a plugin
   */
  get(step: PlannedPlugin): Promise<Ready> {
    const key = pluginKey(step);
    const known = this.#plugins.get(key);
    if (known !== undefined) return known;
    const preparing = this.#prepare(step);
    this.#plugins.set(key, preparing);
    return preparing;
  }

  async #prepare(step: PlannedPlugin): Promise<Ready> {
    const { label: plugin } = step;
    this.#emit({ type: 'plugin-preparing', plugin });
    const startedAt = performance.now();
    try {
      const prepared = await this.#preparer.prepare(await pluginSource(step, this.#fetchPlugin));
      this.#emit({
        type: 'plugin-prepared',
        plugin,
        ok: true,
        durationMs: performance.now() - startedAt,
        sha256: prepared.sha256,
        interfaceVersion: prepared.declaredVersion,
        sizeBytes: prepared.bytes,
      });
      return prepared;
    } catch (thrown) {
      const error = SandpoolError.from(thrown);
      const durationMs = performance.now() - startedAt;
      this.#emit({ type: 'plugin-prepared', plugin, ok: false, durationMs, error: errorReport(error) });
      throw error;
    }
  }
}
