// What a core module has of each kind, as far as it has been read: indices in what follows are checked against it.

import { MalformedBinary } from '../byte-reader.js';

/** The engine's own bound on memories and on tables; what is kept of each stays small. */
const MAXIMUM_COUNT = 100_000;

/** How many of each kind there are, imports included. */
export class IndexSpaces {
  types = 0;
  functions = 0;
  importedFunctions = 0;
  memories = 0;
  /** The bytes of each table's reference type. */
  readonly tables: Uint8Array[] = [];
  readonly claims = { memories: 0, memoryPages: 0, tables: 0, tableElements: 0 };

  addMemory(): void {
    this.memories += 1;
    if (this.memories > MAXIMUM_COUNT)
      throw new MalformedBinary(`it has more than ${MAXIMUM_COUNT} memories`);
  }

  addTable(type: Uint8Array): void {
    if (this.tables.push(type) > MAXIMUM_COUNT)
      throw new MalformedBinary(`it has more than ${MAXIMUM_COUNT} tables`);
  }

  /** @throws MalformedBinary unless `index` is below `count` */
  static check(index: number, count: number, kind: string): number {
    if (index < count) return index;
    throw new MalformedBinary(`it refers to ${kind} ${index} of ${count}`);
  }
}
