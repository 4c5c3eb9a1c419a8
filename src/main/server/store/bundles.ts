// What is known of the bundles of files that were uploaded. Their bytes are kept elsewhere, under their hash.

import { SandpoolError } from '../../../bridge/errors.js';
import { integer, json, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row } from './database.js';
import { isConstraint } from './database-error.js';
import { pageSize } from './page.js';

/** One file of a bundle. */
export interface BundleFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** What is known when a bundle was uploaded. */
export interface NewBundle {
  /** In lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly files: readonly BundleFile[];
  /** The id of a token. */
  readonly createdBy: string;
}

/** A bundle as it is kept. */
export interface Bundle extends NewBundle {
  readonly createdAtMs: number;
}

function bundleOf(row: Row): Bundle {
  return {
    sha256: text(row, 'sha256'),
    sizeBytes: integer(row, 'size_bytes'),
    files: json<BundleFile[]>(row, 'files'),
    createdAtMs: integer(row, 'created_at'),
    createdBy: text(row, 'created_by'),
  };
}

/** The repository of bundles. */
export class Bundles {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** The same bytes are one bundle: uploading them again changes nothing. */
  add(bundle: NewBundle): { readonly bundle: Bundle; readonly outcome: 'created' | 'repeated' } {
    const { changes } = this.#context.database.run(
      `INSERT INTO bundles (sha256, size_bytes, files, created_at, created_by)
       VALUES (?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING`,
      bundle.sha256,
      bundle.sizeBytes,
      JSON.stringify(bundle.files),
      this.#context.now(),
      bundle.createdBy,
    );
    return { bundle: this.get(bundle.sha256), outcome: changes === 1 ? 'created' : 'repeated' };
  }

  find(sha256: string): Bundle | undefined {
    const row = this.#context.database.get('SELECT * FROM bundles WHERE sha256 = ?', sha256);
    return row && bundleOf(row);
  }

  /** @throws BUNDLE_NOT_FOUND */
  get(sha256: string): Bundle {
    const bundle = this.find(sha256);
    if (!bundle) throw new SandpoolError('BUNDLE_NOT_FOUND', { id: sha256 });
    return bundle;
  }

  /** All of them, the latest first. */
  list(): Bundle[] {
    return this.#context.database.all('SELECT * FROM bundles ORDER BY created_at DESC, sha256').map(bundleOf);
  }

  /** Bundles uploaded before `createdBeforeMs` that no run names, the oldest first: their bytes can go too. */
  unused(createdBeforeMs: number, limit?: number): Bundle[] {
    return this.#context.database
      .all(
        `SELECT * FROM bundles WHERE created_at < ? AND NOT EXISTS (SELECT 1 FROM runs WHERE bundle = sha256)
         ORDER BY created_at, sha256 LIMIT ?`,
        createdBeforeMs,
        pageSize(limit),
      )
      .map(bundleOf);
  }

  /** @throws BUNDLE_NOT_FOUND, BUNDLE_IN_USE while a run is kept that names it */
  remove(sha256: string): void {
    try {
      const { changes } = this.#context.database.run('DELETE FROM bundles WHERE sha256 = ?', sha256);
      if (changes === 0) throw new SandpoolError('BUNDLE_NOT_FOUND', { id: sha256 });
    } catch (error) {
      if (isConstraint(error)) throw new SandpoolError('BUNDLE_IN_USE', { id: sha256 }, { cause: error });
      throw error;
    }
  }
}
