// What steps declare of a project, as the entries of one bundle: every directory and file that some plugin is given, by
// its path from the project's folder, and nothing else. Links are refused as they are where a plugin's grants are
// opened; what is neither a directory nor a file cannot be sent.

import { relative, sep } from 'node:path';
import { openGrantedDirectory, openGrantedFile } from '../../bridge/directory-walk.js';
import { SandpoolError } from '../../bridge/errors.js';
import { type Place, placeOfDescriptor } from '../../bridge/place.js';
import { printable } from '../project/shown-text.js';
import { MAXIMUM_FILE_BYTES, type StepGrants } from '../sync/step-grants.js';

/** A directory or file of a bundle. */
export interface DeclaredEntry {
  /** In the bundle: names with `/` between them. */
  readonly path: string;
  readonly kind: 'directory' | 'file';
  /** An absolute path that is trusted, and the way from there. */
  readonly root: string;
  readonly within: string;
  /** When it was looked at; 0 for a directory. */
  readonly sizeBytes: number;
}

/** Collects what is declared. */
export class DeclaredEntries {
  readonly #project: string;
  readonly #entries = new Map<string, DeclaredEntry>();

  /** @param project the project's folder, an absolute path */
  constructor(project: string) {
    this.#project = project;
  }

  /** All of them, in the order of their paths. */
  get sorted(): readonly DeclaredEntry[] {
    return [...this.#entries.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
  }

  /**
   * Adds all that a step is granted.
   * @throws SandpoolError DIRECTORY_NOT_FOUND, DIRECTORY_UNREADABLE, FILE_NOT_FOUND, FILE_UNREADABLE,
   * PATH_NOT_CONFINED, PATH_THROUGH_LINK
   */
  add({ directories, files }: StepGrants): void {
    for (const { root, path } of directories) {
      const place = placeOfDescriptor(openGrantedDirectory(root, path));
      try {
        this.#addDirectory(place, root, path);
      } finally {
        place.release();
      }
    }
    for (const { root, path } of files) {
      const place = openGrantedFile(root, path);
      try {
        const sizeBytes = Number(place.stats.size);
        // Told here, before anything is done, and not by the service in the middle.
        if (sizeBytes > MAXIMUM_FILE_BYTES) {
          const reason = `it has more than ${MAXIMUM_FILE_BYTES} bytes`;
          throw new SandpoolError('FILE_UNREADABLE', { path: printable(path), reason });
        }
        this.#add('file', root, path, sizeBytes);
      } finally {
        place.release();
      }
    }
  }

  #addDirectory(place: Place, root: string, path: string): void {
    this.#add('directory', root, path, 0);
    const names: string[] = [];
    const entries = place.entries();
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        names.push(textOf(entry.name, path));
      }
    } finally {
      entries.closeSync();
    }
    for (const name of names) {
      const found = place.find(name);
      const inside = path === '.' ? name : `${path}/${name}`;
      try {
        if (found.stats.isDirectory()) this.#addInner(found, root, inside);
        else if (found.stats.isFile()) this.#add('file', root, inside, Number(found.stats.size));
        else throw unsendable(found, inside);
      } finally {
        found.release();
      }
    }
  }

  #addInner(found: Place, root: string, path: string): void {
    const directory = found.reopen();
    try {
      this.#addDirectory(directory, root, path);
    } finally {
      directory.release();
    }
  }

  #add(kind: DeclaredEntry['kind'], root: string, within: string, sizeBytes: number): void {
    const path = bundlePath(this.#project, root, within);
    if (path === '') return;
    this.#entries.set(path, { path, kind, root, within, sizeBytes });
  }
}

/**
 * Where `within` of `root` is in a bundle of `project`; empty for the project's folder itself.
 * @throws SandpoolError PATH_NOT_CONFINED
 */
export function bundlePath(project: string, root: string, within = '.'): string {
  const folder = relative(project, root).split(sep);
  if (folder[0] === '..') throw new SandpoolError('PATH_NOT_CONFINED', { path: printable(root) });
  return [...folder, ...within.split('/')].filter((name) => name !== '' && name !== '.').join('/');
}

function unsendable(found: Place, path: string): SandpoolError {
  const shown = printable(path);
  return found.stats.isSymbolicLink()
    ? new SandpoolError('PATH_THROUGH_LINK', { path: shown, link: shown })
    : new SandpoolError('FILE_UNREADABLE', { path: shown, reason: 'it is not a regular file' });
}

/** Entries come as bytes. */
function textOf(name: string | Buffer, folder: string): string {
  if (typeof name === 'string') return name;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch (cause) {
    const path = printable(`${folder}/${name.toString('latin1')}`);
    throw new SandpoolError('FILE_UNREADABLE', { path, reason: 'its name is not UTF-8' }, { cause });
  }
}
