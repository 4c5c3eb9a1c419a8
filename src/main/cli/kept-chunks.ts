// The chunks that the command is built into, loaded with the code that an earlier process compiled of them.

import { hash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { Script } from 'node:vm';
import { readOwnFile } from '../component/cache/cache-folder.js';

type LoadedModule = { exports: unknown };
type Chunk = (
  exports: unknown,
  require: NodeJS.Require,
  module: LoadedModule,
  filename: string,
  folder: string,
) => void;

/** What is kept of one chunk. Chunks are named after what is in them. */
interface KeptCode {
  readonly name: string;
  readonly sha256: string;
  readonly code: Buffer;
}

const EXTENSION = '.cjs';
const LENGTH_BYTES = 4;

/** The chunks of one folder, and one file with their compiled code. What is wrong with the file costs time and no more. */
export class KeptChunks {
  readonly #folder: string;
  readonly #file: string;
  readonly #kept: ReadonlyMap<string, KeptCode>;
  readonly #loaded = new Map<string, Script>();
  #isComplete = true;

  constructor(folder: string, file: string) {
    this.#folder = folder;
    this.#file = file;
    this.#kept = new Map(readKept(file).map((one) => [one.name, one]));
  }

  /** From here on chunks are loaded so, and when the process ends their code is kept, unless it is already. */
  install(): void {
    const { extensions } = createRequire(import.meta.url);
    const others = extensions['.js'];
    extensions[EXTENSION] = (loaded, filename) => {
      if (dirname(filename) === this.#folder) this.#load(loaded, filename);
      else others(loaded, filename);
    };
    process.once('exit', () => this.#save());
  }

  #load(loaded: LoadedModule, filename: string): void {
    const name = basename(filename);
    const cachedData = this.#codeOf(name);
    const script = new Script(module.wrap(readFileSync(filename, 'utf8')), {
      filename,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    this.#loaded.set(name, script);
    if (cachedData === undefined || script.cachedDataRejected) this.#isComplete = false;
    const chunk = script.runInThisContext() as Chunk;
    chunk.call(loaded.exports, loaded.exports, createRequire(filename), loaded, filename, this.#folder);
  }

  /** The engine takes what it is given for what it once made: this must be that. */
  #codeOf(name: string): Buffer | undefined {
    const kept = this.#kept.get(name);
    return kept !== undefined && hash('sha256', kept.code) === kept.sha256 ? kept.code : undefined;
  }

  #save(): void {
    if (this.#isComplete) return;
    const unfinished = `${this.#file}.${randomUUID()}`;
    try {
      const present = new Set(readdirSync(this.#folder));
      const others = [...this.#kept.values()].filter(
        ({ name }) => present.has(name) && !this.#loaded.has(name),
      );
      const loaded = [...this.#loaded].map(([name, script]) => {
        const code = script.createCachedData();
        return { name, sha256: hash('sha256', code), code };
      });
      writeFileSync(unfinished, written([...others, ...loaded]), { mode: 0o600, flag: 'wx' });
      renameSync(unfinished, this.#file);
    } catch {
      rmSync(unfinished, { force: true });
    }
  }
}

/** The file: the length of a list, the list as JSON, and after it the code of each one listed. */
function written(all: readonly KeptCode[]): Buffer {
  const list = Buffer.from(JSON.stringify(all.map(({ name, sha256, code }) => [name, sha256, code.length])));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(list.length);
  return Buffer.concat([length, list, ...all.map(({ code }) => code)]);
}

function readKept(file: string): KeptCode[] {
  try {
    const content = readOwnFile(file);
    if (content === undefined) return [];
    let offset = LENGTH_BYTES + content.readUInt32LE(0);
    const list = JSON.parse(content.toString('utf8', LENGTH_BYTES, offset)) as [string, string, number][];
    return list.map(([name, sha256, bytes]) => {
      const code = content.subarray(offset, offset + bytes);
      offset += bytes;
      return { name, sha256, code };
    });
  } catch {
    return [];
  }
}
