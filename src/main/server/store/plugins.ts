// What is known of the plugins that were uploaded. Their bytes are kept elsewhere, under their hash.

import { SandpoolError } from '../../../bridge/errors.js';
import { integer, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row } from './database.js';
import { isConstraint } from './database-error.js';

/** What is known when a plugin was uploaded. */
export interface NewPlugin {
  /** In lower-case hex. */
  readonly sha256: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the interface that it imports, such as `0.2.0`. */
  readonly interfaceVersion: string;
  /** The id of a token. */
  readonly createdBy: string;
}

/** A plugin as it is kept. */
export interface Plugin extends NewPlugin {
  /** No new run takes one that is disabled. */
  readonly isEnabled: boolean;
  readonly createdAtMs: number;
}

function pluginOf(row: Row): Plugin {
  return {
    sha256: text(row, 'sha256'),
    name: text(row, 'name'),
    sizeBytes: integer(row, 'size_bytes'),
    interfaceVersion: text(row, 'interface_version'),
    isEnabled: integer(row, 'is_enabled') === 1,
    createdAtMs: integer(row, 'created_at'),
    createdBy: text(row, 'created_by'),
  };
}

/** The repository of plugins. */
export class Plugins {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** The same bytes are one plugin: uploading them again changes nothing. */
  add(plugin: NewPlugin): { readonly plugin: Plugin; readonly outcome: 'created' | 'repeated' } {
    const { changes } = this.#context.database.run(
      `INSERT INTO plugins (sha256, name, size_bytes, interface_version, is_enabled, created_at, created_by)
       VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (sha256) DO NOTHING`,
      plugin.sha256,
      plugin.name,
      plugin.sizeBytes,
      plugin.interfaceVersion,
      this.#context.now(),
      plugin.createdBy,
    );
    return { plugin: this.get(plugin.sha256), outcome: changes === 1 ? 'created' : 'repeated' };
  }

  find(sha256: string): Plugin | undefined {
    const row = this.#context.database.get('SELECT * FROM plugins WHERE sha256 = ?', sha256);
    return row && pluginOf(row);
  }

  /** @throws PLUGIN_NOT_UPLOADED */
  get(sha256: string): Plugin {
    const plugin = this.find(sha256);
    if (!plugin) throw new SandpoolError('PLUGIN_NOT_UPLOADED', { sha256 });
    return plugin;
  }

  /** By name, then the newest first. */
  list(): Plugin[] {
    return this.#context.database
      .all('SELECT * FROM plugins ORDER BY name, created_at DESC, sha256')
      .map(pluginOf);
  }

  /** @throws PLUGIN_NOT_UPLOADED */
  setAvailability(sha256: string, availability: 'enabled' | 'disabled'): Plugin {
    const isEnabled = availability === 'enabled' ? 1 : 0;
    this.#context.database.run('UPDATE plugins SET is_enabled = ? WHERE sha256 = ?', isEnabled, sha256);
    return this.get(sha256);
  }

  /** @throws PLUGIN_NOT_UPLOADED, PLUGIN_IN_USE while a run is kept that names it */
  remove(sha256: string): void {
    try {
      const { changes } = this.#context.database.run('DELETE FROM plugins WHERE sha256 = ?', sha256);
      if (changes === 0) throw new SandpoolError('PLUGIN_NOT_UPLOADED', { sha256 });
    } catch (error) {
      if (isConstraint(error)) throw new SandpoolError('PLUGIN_IN_USE', { sha256 }, { cause: error });
      throw error;
    }
  }
}
