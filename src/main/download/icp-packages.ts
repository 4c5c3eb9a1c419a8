// The package cache of icp-cli, read only: what it has fetched need not be fetched again. What is read from there is
// hashed before it is used, so a wrong file in it is as good as none.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../../bridge/is-object.js';
import { openOwnFile } from '../component/cache/cache-folder.js';
import { icpCliFolder } from '../project/icp-cli-folders.js';

/** The tags of a cache with many recipes are some KiB. */
const LARGEST_MANIFEST_BYTES = 4 * 1024 * 1024;

/** Packages of icp-cli, if it is installed. */
export class IcpPackages {
  readonly #folder: string;

  /** @param folder where they are. @default where icp-cli has them */
  constructor(folder: string = join(icpCliFolder('local-data'), 'pkg')) {
    this.#folder = folder;
  }

  /** The file that hashes to `sha256`, which must be 64 lower-case hex characters. */
  async content(
    kind: 'wasm' | 'recipe',
    sha256: string,
    maximumBytes: number,
  ): Promise<Uint8Array | undefined> {
    const parts = kind === 'wasm' ? ['wasms', sha256, 'module.wasm'] : ['recipes', sha256, 'recipe.hbs'];
    try {
      const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
      await using file = await open(join(this.#folder, ...parts), flags);
      const status = await file.stat();
      if (!status.isFile() || status.size > maximumBytes) return undefined;
      const content = await file.readFile();
      return createHash('sha256').update(content).digest('hex') === sha256 ? content : undefined;
    } catch {
      // Not there, or not to be read: as good as not there.
      return undefined;
    }
  }

  /**
   * The hash of what was fetched under a tag, such as `uri+https://example.com/r.hbs:latest`. Here nothing but the
   * file's owner says that it is right, so the file must be the user's own.
   */
  async tag(tag: string): Promise<string | undefined> {
    try {
      await using file = await openOwnFile(join(this.#folder, 'manifest.json'));
      if (file === undefined || (await file.stat()).size > LARGEST_MANIFEST_BYTES) return undefined;
      const manifest: unknown = JSON.parse(await file.readFile('utf8'));
      const tags = isObject(manifest) ? manifest['tags'] : undefined;
      const hash = isObject(tags) && Object.hasOwn(tags, tag) ? tags[tag] : undefined;
      return typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) ? hash : undefined;
    } catch {
      return undefined;
    }
  }
}
