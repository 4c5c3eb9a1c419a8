// The bundles of the service: each unpacked once, in a folder named after the sha256 of its archive, where runs read it
// until nobody needs it. What is seen under such a name is whole, whenever the process was killed.

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SandpoolError } from '../../../bridge/errors.js';
import { quoted } from '../../project/shown-text.js';
import { type BundleLimits, resolveBundleLimits } from './bundle-limits.js';
import { type BundleManifest, missingFile, readManifest, writeManifest } from './bundle-manifest.js';
import type { BundleFile } from './bundle-writer.js';
import { openFolder, storing, syncFolder, unfinishedPath } from './own-files.js';
import { StorageAccount } from './storage-account.js';
import { Turns } from './turns.js';
import { unpackBundle } from './unpack-bundle.js';
import { isSha256, type ReceivedUpload, receiveUpload, type UploadOptions } from './upload.js';

/** Settings of a {@link BundleStore}. */
export interface BundleStoreOptions {
  /** For every archive. @default DEFAULT_BUNDLE_LIMITS */
  readonly limits?: Partial<BundleLimits>;
  /** The most all bundles may have together, what is under way included. @default no limit */
  readonly totalBytes?: number;
}

/** A stored bundle, as listed. */
export interface StoredBundle {
  /** The sha256 of its archive. */
  readonly id: string;
  readonly fileCount: number;
  /** Of all its files together. */
  readonly unpackedBytes: number;
  readonly storedAt: Date;
}

/** A stored bundle with its files. */
export interface BundleContents extends StoredBundle {
  readonly files: readonly BundleFile[];
}

/** A bundle in use: it cannot be deleted until this is disposed of. */
export interface RetainedBundle extends Disposable {
  readonly id: string;
  /** The folder of its files. They are not to be changed. */
  readonly folder: string;
}

interface Held {
  readonly bundle: StoredBundle;
  readonly chargedBytes: number;
  users: number;
  /** Whether its files have been looked at since the start. */
  checked: boolean;
}

const BUNDLES = 'bundles';
const FILES = 'files';

/**
 * A folder of unpacked bundles.
 *
 * @example
 * ```ts
 * const store = await BundleStore.open('/var/lib/sandpool');
 * const { id } = await store.add(request, { maximumBytes: 64 * 1024 * 1024 });
 * using bundle = await store.retain(id);
 * // bundle.folder holds its files
 * ```
 */
export class BundleStore {
  readonly #folder: string;
  readonly #limits: BundleLimits;
  readonly #account: StorageAccount;
  readonly #held = new Map<string, Held>();
  readonly #turns = new Turns();

  private constructor(folder: string, options: BundleStoreOptions) {
    this.#folder = join(folder, BUNDLES);
    this.#limits = resolveBundleLimits(options.limits);
    this.#account = new StorageAccount(this.#folder, options.totalBytes);
  }

  /**
   * Opens `<folder>/bundles`, made (0700) unless it is there, and removes what a crash left half-done. Only one process
   * may have it open.
   *
   * @throws SandpoolError `STORAGE_FAILED`, `INVALID_OPTION`
   */
  static async open(folder: string, options: BundleStoreOptions = {}): Promise<BundleStore> {
    const store = new BundleStore(folder, options);
    const ids = (await openFolder(store.#folder)).filter(isSha256);
    for (const id of ids) await store.#adopt(id);
    return store;
  }

  /** What all bundles take, what is under way included: the files' bytes, and 4 KiB for each file and directory. */
  get usedBytes(): number {
    return this.#account.usedBytes;
  }

  /**
   * Receives an archive, unpacks it unless it has been already, and removes the archive.
   *
   * @throws SandpoolError what {@link receiveUpload} and {@link unpackBundle} throw; nothing is left of the bundle then
   */
  async add(stream: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<BundleContents> {
    const upload = await receiveUpload(this.#folder, stream, this.#account, options);
    const id = upload.sha256;
    try {
      return await this.#turns.take(id, async () => {
        if (!(await this.#holdsWhole(id))) await this.#unpack(upload, options.signal);
        return this.#contents(id);
      });
    } finally {
      // What cannot be removed now goes at the next start.
      await upload.discard().catch(() => undefined);
    }
  }

  /** Whether the bundle is there. */
  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** Every bundle, the latest first. */
  list(): StoredBundle[] {
    return [...this.#held.values()]
      .map(({ bundle }) => bundle)
      .sort((one, other) => other.storedAt.getTime() - one.storedAt.getTime());
  }

  /** A bundle with its files. @throws SandpoolError `BUNDLE_NOT_FOUND`, `BUNDLE_DAMAGED`, `STORAGE_FAILED` */
  async get(id: string): Promise<BundleContents> {
    this.#find(id);
    return this.#contents(id);
  }

  /**
   * Keeps a bundle from being deleted while a run reads it.
   *
   * @throws SandpoolError `BUNDLE_NOT_FOUND`, `BUNDLE_DAMAGED` (then it has been removed), `STORAGE_FAILED`
   */
  async retain(id: string): Promise<RetainedBundle> {
    const held = this.#find(id);
    held.users += 1;
    let disposed = false;
    const release = () => {
      if (!disposed) held.users -= 1;
      disposed = true;
    };
    try {
      const missing = await this.#missing(held);
      if (missing === undefined) return { id, folder: this.#filesOf(id), [Symbol.dispose]: release };
      throw new SandpoolError('BUNDLE_DAMAGED', { id, reason: `${quoted(missing)} is not what it was` });
    } catch (thrown) {
      release();
      if (thrown instanceof SandpoolError && thrown.code === 'BUNDLE_DAMAGED') {
        await this.#turns.take(id, () => this.#removeUnused(held));
      }
      throw thrown;
    }
  }

  /**
   * Removes a bundle.
   *
   * @throws SandpoolError `BUNDLE_NOT_FOUND`, `BUNDLE_IN_USE`, `STORAGE_FAILED`
   */
  async delete(id: string): Promise<void> {
    const held = this.#find(id);
    // Whether it is in use is asked when its turn comes: until then it can be retained, and is then not removed.
    await this.#turns.take(id, async () => {
      const removed = await this.#removeUnused(held);
      if (!removed) throw new SandpoolError('BUNDLE_IN_USE', { id, runs: held.users });
    });
  }

  #find(id: string): Held {
    const held = this.#held.get(id);
    if (held === undefined) throw new SandpoolError('BUNDLE_NOT_FOUND', { id: id.slice(0, 64) });
    return held;
  }

  #filesOf(id: string): string {
    return join(this.#folder, id, FILES);
  }

  /** In its turn. Looks at what is held for an upload of the same, and makes room when that is not whole. */
  async #holdsWhole(id: string): Promise<boolean> {
    const held = this.#held.get(id);
    if (held === undefined) return false;
    const missing = await this.#missing(held);
    if (missing === undefined) return true;
    if (await this.#removeUnused(held)) return false;
    throw new SandpoolError('BUNDLE_IN_USE', { id, runs: held.users });
  }

  /** Looks at every file once after a start. @returns a file that is not what it was */
  async #missing(held: Held): Promise<string | undefined> {
    if (held.checked) return undefined;
    const { id } = held.bundle;
    const missing = await storing(this.#folder, async () => {
      const manifest = await readManifest(join(this.#folder, id));
      return manifest === undefined ? 'manifest.json' : missingFile(this.#filesOf(id), manifest.files);
    });
    if (missing === undefined) held.checked = true;
    return missing;
  }

  async #contents(id: string): Promise<BundleContents> {
    const manifest = await storing(this.#folder, () => readManifest(join(this.#folder, id)));
    if (manifest === undefined) throw new SandpoolError('BUNDLE_NOT_FOUND', { id });
    return { ...described(id, manifest), files: manifest.files };
  }

  /** What is there at the start. A bundle without its manifest is of no use, and of no run that is still there. */
  async #adopt(id: string): Promise<void> {
    const folder = join(this.#folder, id);
    await storing(this.#folder, async () => {
      const manifest = await readManifest(folder);
      if (manifest === undefined) return rm(folder, { recursive: true, force: true });
      this.#account.adopt(manifest.chargedBytes);
      this.#hold(id, manifest, false);
    });
  }

  #hold(id: string, manifest: BundleManifest, checked: boolean): void {
    const { chargedBytes } = manifest;
    this.#held.set(id, { bundle: described(id, manifest), chargedBytes, users: 0, checked });
  }

  /** In its turn. */
  async #unpack(upload: ReceivedUpload, signal: AbortSignal | undefined): Promise<void> {
    const id = upload.sha256;
    const share = this.#account.share();
    const staging = unfinishedPath(this.#folder, id);
    try {
      await storing(this.#folder, () => mkdir(staging, { mode: 0o700 }));
      const unpacked = await unpackBundle(upload.path, join(staging, FILES), this.#limits, { signal, share });
      const manifest = { ...unpacked, chargedBytes: share.bytes, storedAt: new Date() };
      await storing(this.#folder, async () => {
        await writeManifest(staging, manifest);
        await rename(staging, join(this.#folder, id));
        this.#hold(id, manifest, true);
        await syncFolder(this.#folder);
      });
    } catch (thrown) {
      if (!this.#held.has(id)) share.release();
      await rm(staging, { recursive: true, force: true }).catch(() => undefined);
      throw thrown;
    }
  }

  /** In its turn. @returns whether it is gone, which it is also when somebody else has removed it */
  async #removeUnused(held: Held): Promise<boolean> {
    const { id } = held.bundle;
    if (this.#held.get(id) !== held) return true;
    if (held.users > 0) return false;
    // From here on nobody can retain it.
    this.#held.delete(id);
    const leaving = unfinishedPath(this.#folder, id);
    await storing(this.#folder, async () => {
      try {
        await rename(join(this.#folder, id), leaving);
      } catch (thrown) {
        this.#held.set(id, held);
        throw thrown;
      }
      await rm(leaving, { recursive: true, force: true });
    });
    this.#account.release(held.chargedBytes);
    return true;
  }
}

function described(id: string, { files, unpackedBytes, storedAt }: BundleManifest): StoredBundle {
  return { id, fileCount: files.length, unpackedBytes, storedAt };
}
