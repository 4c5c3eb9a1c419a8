// The plugins a thread keeps evaluated. A thread sees few plugins and runs each many times; what it keeps is
// the glue's functions and the shared compiled modules, never an instance.

import type { PluginCode } from '../bridge/messages.js';
import type { GlueRealm, Instantiate } from './glue-realm.js';

const KEPT_PLUGINS = 8;

/** Least recently used glue, by the plugin's sha256. */
export class PluginCache {
  readonly #realm: GlueRealm;
  readonly #kept = new Map<string, Instantiate>();

  constructor(realm: GlueRealm) {
    this.#realm = realm;
  }

  /**
   * The plugin's `instantiate`, evaluating its glue unless this thread has done so lately.
   * @param compiled what the engine compiled of the glue before
   */
  get(plugin: PluginCode, compiled?: Uint8Array): Instantiate {
    const instantiate = this.#kept.get(plugin.sha256) ?? this.#realm.evaluate(decode(plugin.glue), compiled);
    this.#kept.delete(plugin.sha256);
    this.#kept.set(plugin.sha256, instantiate);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_PLUGINS) break;
      this.#kept.delete(oldest);
    }
    return instantiate;
  }
}

function decode(shared: SharedArrayBuffer): string {
  return Buffer.from(shared).toString('utf8');
}
