// What a component says of itself at its outermost level: imports, exports and their types, and the names that
// would reach generated code. Reads the binary, compiles nothing, trusts nothing.

import { ByteReader, MalformedBinary, ReadingBudget } from './byte-reader.js';
import { type ExternType, readAlias, readExternName, readExternType, TypeSpace } from './type-space.js';

/** One import or export of a component. */
export interface ExternItem {
  readonly name: string;
  /** `undefined` where the type cannot be told from the outermost level alone. */
  readonly type: ExternType | undefined;
}

/** A component, seen from outside. */
export interface ComponentOutline {
  readonly imports: readonly ExternItem[];
  readonly exports: readonly ExternItem[];
  /** Names of core imports and exports that the component wires up, at any depth. */
  readonly coreNames: ReadonlySet<string>;
  /** The toolchains recorded in the `producers` section, as `name version`. */
  readonly producers: readonly string[];
  readonly coreModules: readonly Uint8Array[];
}

export type WasmKind = 'component' | 'core-module' | 'not-wasm';

const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** Tells components from core modules from anything else by the first eight bytes. */
export function wasmKind(bytes: Uint8Array): WasmKind {
  if (bytes.length < 8 || MAGIC.some((byte, index) => bytes[index] !== byte)) return 'not-wasm';
  return bytes[6] === 0x01 && bytes[7] === 0x00 ? 'component' : 'core-module';
}

/**
 * Reads the outline of the component in `bytes`.
 * @param budget charged for what is read
 * @throws MalformedBinary with a reason when the bytes do not follow the format
 */
export function readOutline(
  bytes: Uint8Array,
  budget: ReadingBudget = new ReadingBudget(),
): ComponentOutline {
  const outline = new OutlineReader(budget);
  outline.read(bytes.subarray(8), new TypeSpace());
  return outline;
}

class OutlineReader implements ComponentOutline {
  readonly imports: ExternItem[] = [];
  readonly exports: ExternItem[] = [];
  readonly coreNames = new Set<string>();
  readonly producers: string[] = [];
  readonly coreModules: Uint8Array[] = [];
  readonly #budget: ReadingBudget;
  #depth = 0;

  constructor(budget: ReadingBudget) {
    this.#budget = budget;
  }

  read(body: Uint8Array, space: TypeSpace): void {
    const functions: (ExternType | undefined)[] = [];
    const reader = new ByteReader(body);
    while (!reader.done) {
      this.#budget.spend(1);
      const id = reader.byte();
      const content = reader.take(reader.u32());
      const section = new ByteReader(content, 0, content.length, this.#budget);
      this.#section(id, section, space, functions);
    }
  }

  #section(id: number, section: ByteReader, space: TypeSpace, functions: (ExternType | undefined)[]): void {
    switch (id) {
      case 0:
        if (this.#depth === 0) this.#custom(section);
        return;
      case 1:
        this.coreModules.push(section.takeRest());
        return;
      case 2:
        section.vector(() => this.#coreInstance(section));
        return;
      case 4:
        this.#nested(section, space);
        return;
      case 5:
        section.vector(() => this.#instance(section, space));
        return;
      case 6:
        section.vector(() => {
          const { sort, name, type } = readAlias(section, space);
          if (sort === 0x00 && name !== undefined) this.coreNames.add(name);
          if (sort === 0x01) functions.push(type);
        });
        return;
      case 7:
        section.vector(() => space.define(section));
        return;
      case 8:
        section.vector(() => readCanonical(section, space, functions));
        return;
      case 10:
        section.vector(() => this.#import(section, space, functions));
        return;
      case 11:
        section.vector(() => this.#export(section, space, functions));
        return;
      case 3:
      case 9:
        return;
      default:
        throw new MalformedBinary(`it has a section of the unknown kind ${id}`);
    }
  }

  #import(section: ByteReader, space: TypeSpace, functions: (ExternType | undefined)[]): void {
    const name = readExternName(section);
    const type = readExternType(section, space);
    if (type.kind === 'type') space.add(type.type);
    if (type.kind === 'instance') space.addInstance(type);
    if (type.kind === 'function') functions.push(type);
    if (this.#depth === 0) this.imports.push({ name, type });
  }

  #export(section: ByteReader, space: TypeSpace, functions: (ExternType | undefined)[]): void {
    const name = readExternName(section);
    const sort = section.byte();
    if (sort === 0x00) section.byte();
    const index = section.u32();
    const ascribed = section.byte() === 0x01 ? readExternType(section, space) : undefined;
    const type = ascribed ?? (sort === 0x01 ? functions[index] : undefined);
    if (sort === 0x01) functions.push(type);
    if (sort === 0x03) space.add(space.at(index));
    if (sort === 0x05)
      space.addInstance(type?.kind === 'instance' ? type : { kind: 'instance', exports: new Map() });
    if (this.#depth === 0) this.exports.push({ name, type });
  }

  #nested(section: ByteReader, space: TypeSpace): void {
    const body = section.takeRest();
    if (wasmKind(body) !== 'component') throw new MalformedBinary('a nested component has no header');
    this.#depth += 1;
    this.read(body.subarray(8), new TypeSpace(space));
    this.#depth -= 1;
  }

  #coreInstance(section: ByteReader): void {
    if (section.byte() === 0x00) section.u32();
    section.vector(() => {
      this.coreNames.add(section.name());
      section.byte();
      section.u32();
    });
  }

  #instance(section: ByteReader, space: TypeSpace): void {
    const inline = section.byte() === 0x01;
    if (!inline) section.u32();
    section.vector(() => {
      if (inline) readExternName(section);
      else section.name();
      if (section.byte() === 0x00) section.byte();
      section.u32();
    });
    space.addInstance({ kind: 'instance', exports: new Map() });
  }

  #custom(section: ByteReader): void {
    if (section.name() !== 'producers') return;
    section.vector(() => {
      section.name();
      section.vector(() => this.producers.push(`${section.name()} ${section.name()}`.trim()));
    });
  }
}

function readCanonical(section: ByteReader, space: TypeSpace, functions: (ExternType | undefined)[]): void {
  const form = section.byte();
  if (form === 0x00) {
    section.byte();
    section.u32();
    readCanonicalOptions(section);
    functions.push(space.at(section.u32()));
  } else if (form === 0x01) {
    section.byte();
    section.u32();
    readCanonicalOptions(section);
  } else if (form >= 0x02 && form <= 0x04) {
    section.u32();
  } else {
    throw new AsyncBuiltin(`0x${form.toString(16)}`);
  }
}

/** The component uses built-ins of the asynchronous component model, which synchronous plugins have no use for. */
export class AsyncBuiltin extends Error {
  override readonly name = 'AsyncBuiltin';
}

function readCanonicalOptions(section: ByteReader): void {
  section.vector(() => {
    const option = section.byte();
    if (option >= 0x03 && option <= 0x05) section.u32();
    else if (option === 0x06 || option === 0x07) throw new AsyncBuiltin('async');
    else if (option > 0x02)
      throw new MalformedBinary(`a function has the unknown option 0x${option.toString(16)}`);
  });
}
