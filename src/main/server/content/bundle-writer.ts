// Writes the entries of an archive below one new folder, and nowhere else: every name is checked, every directory made
// by itself, every file created where there is none. What the archive says of modes, owners and times is not looked at.

import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../../bridge/path-error.js';
import { refused, shownEntry } from './bundle-refusal.js';
import { BundleTree } from './bundle-tree.js';
import { entryNames } from './entry-name.js';
import { storing, writeAll } from './own-files.js';
import type { UnpackBudget } from './unpack-budget.js';

/** One file of a bundle. */
export interface BundleFile {
  /** From the top of the bundle, with slashes on every system. */
  readonly path: string;
  readonly bytes: number;
}

/** The folder that an archive is being unpacked into. */
export class BundleWriter {
  readonly #folder: string;
  readonly #budget: UnpackBudget;
  readonly #tree: BundleTree;
  readonly #files: BundleFile[] = [];

  /** @param folder empty, and nobody else's to write to */
  constructor(folder: string, budget: UnpackBudget) {
    this.#folder = folder;
    this.#budget = budget;
    this.#tree = new BundleTree(() => budget.addEntry());
  }

  /** What has been written, in the archive's order. */
  get files(): readonly BundleFile[] {
    return this.#files;
  }

  /** @throws SandpoolError `BUNDLE_REFUSED`, `BUNDLE_LIMIT_EXCEEDED`, `STORAGE_FULL`, `STORAGE_FAILED` */
  async addDirectory(raw: Uint8Array): Promise<void> {
    this.#budget.check();
    const names = entryNames(raw, 'directory', this.#budget.limits);
    await this.#makeDirectories(this.#tree.add(names, 'directory', raw).newDirectories, raw);
  }

  /**
   * @param bytes its size, of which the caller makes sure that `content` has exactly that
   * @throws SandpoolError `BUNDLE_REFUSED`, `BUNDLE_LIMIT_EXCEEDED`, `STORAGE_FULL`, `STORAGE_FAILED`
   */
  async addFile(raw: Uint8Array, bytes: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#budget.check();
    const names = entryNames(raw, 'file', this.#budget.limits);
    this.#budget.announce(bytes, shownEntry(raw));
    const { newDirectories, path } = this.#tree.add(names, 'file', raw);
    await this.#makeDirectories(newDirectories, raw);
    const file = await this.#creating(raw, () => open(this.#pathOf(path), 'wx', 0o600));
    try {
      for await (const chunk of content) {
        this.#budget.write(chunk.length);
        await storing(this.#folder, () => writeAll(file, chunk));
      }
    } finally {
      await file.close();
    }
    this.#files.push({ path, bytes });
  }

  async #makeDirectories(paths: readonly string[], raw: Uint8Array): Promise<void> {
    for (const path of paths) await this.#creating(raw, () => mkdir(this.#pathOf(path), { mode: 0o700 }));
  }

  async #creating<Value>(raw: Uint8Array, create: () => Promise<Value>): Promise<Value> {
    return storing(this.#folder, async () => {
      try {
        return await create();
      } catch (thrown) {
        // The folder was empty: this file system takes two names for one that the tree tells apart.
        if (systemErrorCode(thrown) === 'EEXIST') throw refused('name-collision', raw, thrown);
        throw thrown;
      }
    });
  }

  #pathOf(path: string): string {
    return join(this.#folder, ...path.split('/'));
  }
}
