// The types of a component, as normalised text: two types are equal when their texts are. Follows the binary
// format of the component model (design/mvp/Binary.md), type and import/export definitions.

import { type ByteReader, MalformedBinary } from './byte-reader.js';

const PRIMITIVES: Readonly<Record<number, string>> = {
  127: 'bool',
  126: 's8',
  125: 'u8',
  124: 's16',
  123: 'u16',
  122: 's32',
  121: 'u32',
  120: 's64',
  119: 'u64',
  118: 'f32',
  117: 'f64',
  116: 'char',
  115: 'string',
  100: 'error-context',
};

/**
 * How many characters may be copied from one type's text into another's, over a whole component. Types can
 * double in size with every definition; real ones come to some ten thousand characters.
 */
const MOST_EXPANSION = 16 * 1024 * 1024;

/** A function type: `text` is its normalised form, such as `func(input: string) -> u32`. */
export interface FunctionType {
  readonly kind: 'function';
  readonly text: string;
  readonly async: boolean;
}

/** An instance type: what it exports, each item as a type of its own. */
export interface InstanceType {
  readonly kind: 'instance';
  readonly exports: ReadonlyMap<string, ExternType>;
}

/** Anything else that has a place in a type index space. */
export type ComponentType =
  | FunctionType
  | InstanceType
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'resource'; readonly text: string }
  | { readonly kind: 'other' };

/** What an import or export is. `type` is a type export: its text is the type it stands for. */
export type ExternType = ComponentType | { readonly kind: 'type'; readonly type: ComponentType };

/** One type index space, nested in those around it. */
export class TypeSpace {
  readonly #types: ComponentType[] = [];
  readonly #outer: TypeSpace | undefined;
  readonly #instances: InstanceType[] = [];
  readonly #expansion: { left: number };

  constructor(outer?: TypeSpace) {
    this.#outer = outer;
    this.#expansion = outer === undefined ? { left: MOST_EXPANSION } : outer.#expansion;
  }

  add(type: ComponentType): void {
    this.#types.push(type);
  }

  addInstance(type: InstanceType): void {
    this.#instances.push(type);
  }

  at(index: number): ComponentType {
    const type = this.#types[index];
    if (type === undefined) throw new MalformedBinary(`it refers to type ${index}, which it does not define`);
    return type;
  }

  /** What instance `index` exports as `name`, or undefined when that cannot be told from here. */
  exportOf(index: number, name: string): ExternType | undefined {
    return this.#instances[index]?.exports.get(name);
  }

  outer(count: number): TypeSpace {
    let space: TypeSpace = this;
    for (let depth = 0; depth < count; depth++) {
      if (space.#outer === undefined) throw new MalformedBinary('an alias reaches outside the component');
      space = space.#outer;
    }
    return space;
  }

  /** Reads one definition of a type section and adds it. */
  define(reader: ByteReader): void {
    this.add(this.#definition(reader));
  }

  #definition(reader: ByteReader): ComponentType {
    const form = reader.byte();
    switch (form) {
      case 0x40:
      case 0x43:
        return this.#functionType(reader, form === 0x43);
      case 0x41:
        readDeclarations(reader, new TypeSpace(this), true);
        return { kind: 'other' };
      case 0x42:
        return { kind: 'instance', exports: readDeclarations(reader, new TypeSpace(this), false) };
      case 0x3f:
        reader.byte();
        if (reader.byte() === 1) reader.u32();
        return { kind: 'resource', text: 'resource' };
      default:
        return { kind: 'value', text: this.#valueDefinition(reader, form) };
    }
  }

  #functionType(reader: ByteReader, async: boolean): FunctionType {
    const parameters = reader.vector(() => `${reader.name()}: ${this.#valueType(reader)}`);
    const signature = `func(${parameters.join(', ')})`;
    if (reader.byte() === 0)
      return { kind: 'function', text: `${signature} -> ${this.#valueType(reader)}`, async };
    // No result: a second byte, always zero.
    reader.byte();
    return { kind: 'function', text: signature, async };
  }

  #valueDefinition(reader: ByteReader, form: number): string {
    const primitive = PRIMITIVES[form];
    if (primitive !== undefined) return primitive;
    const value = (): string => this.#valueType(reader);
    const optional = (): string => (reader.byte() === 0 ? '_' : value());
    switch (form) {
      case 0x72:
        return `record{${reader.vector(() => `${reader.name()}: ${value()}`).join(', ')}}`;
      case 0x71:
        return `variant{${reader.vector(() => this.#variantCase(reader)).join(', ')}}`;
      case 0x70:
        return `list<${value()}>`;
      case 0x67:
        return `list<${value()}, ${reader.u32()}>`;
      case 0x6f:
        return `tuple<${reader.vector(value).join(', ')}>`;
      case 0x6e:
        return `flags{${reader.vector(() => reader.name()).join(', ')}}`;
      case 0x6d:
        return `enum{${reader.vector(() => reader.name()).join(', ')}}`;
      case 0x6b:
        return `option<${value()}>`;
      case 0x6a:
        return `result<${optional()}, ${optional()}>`;
      case 0x69:
        return `own<${this.#text(reader.u32())}>`;
      case 0x68:
        return `borrow<${this.#text(reader.u32())}>`;
      case 0x66:
        return `stream<${optional()}>`;
      case 0x65:
        return `future<${optional()}>`;
      default:
        throw new MalformedBinary(`it defines a type of the unknown form 0x${form.toString(16)}`);
    }
  }

  #variantCase(reader: ByteReader): string {
    const name = reader.name();
    const payload = reader.byte() === 0 ? '' : `(${this.#valueType(reader)})`;
    reader.byte();
    return `${name}${payload}`;
  }

  #valueType(reader: ByteReader): string {
    const primitive = PRIMITIVES[reader.peek()];
    if (primitive === undefined) return this.#text(reader.u32());
    reader.byte();
    return primitive;
  }

  #text(index: number): string {
    const type = this.at(index);
    if (type.kind === 'value' || type.kind === 'resource') {
      this.#expansion.left -= type.text.length;
      if (this.#expansion.left < 0) throw new MalformedBinary('its types are too large when written out');
      return type.text;
    }
    throw new MalformedBinary(`type ${index} is used as the type of a value, which it is not`);
  }
}

/** Reads what an import or export says of its item. */
export function readExternType(reader: ByteReader, space: TypeSpace): ExternType {
  const form = reader.byte();
  switch (form) {
    case 0x00:
      reader.byte();
      reader.u32();
      return { kind: 'other' };
    case 0x01:
    case 0x05:
      return space.at(reader.u32());
    case 0x03:
      if (reader.byte() === 0) return { kind: 'type', type: space.at(reader.u32()) };
      return { kind: 'type', type: { kind: 'resource', text: 'resource' } };
    case 0x04:
      reader.u32();
      return { kind: 'other' };
    default:
      throw new MalformedBinary(`an import or export is of the unknown form 0x${form.toString(16)}`);
  }
}

/** The name of an import or export: a discriminant, the name, and (form 2) options that carry no meaning here. */
export function readExternName(reader: ByteReader): string {
  const form = reader.byte();
  if (form > 0x01) throw new MalformedBinary(`a name is of the unknown form 0x${form.toString(16)}`);
  return reader.name();
}

/** Reads an alias definition; a type alias gets its place in `space`. Returns the sort that was aliased. */
export function readAlias(
  reader: ByteReader,
  space: TypeSpace,
): { sort: number; name?: string; type?: ExternType } {
  const sort = reader.byte();
  const coreSort = sort === 0x00 ? reader.byte() : undefined;
  const target = reader.byte();
  if (target === 0x02) {
    const count = reader.u32();
    const index = reader.u32();
    if (sort === 0x03) space.add(space.outer(count).at(index));
    return { sort };
  }
  const instance = reader.u32();
  const name = reader.name();
  if (coreSort !== undefined) return { sort, name };
  const exported = space.exportOf(instance, name);
  if (sort === 0x03) space.add(exported?.kind === 'type' ? exported.type : { kind: 'other' });
  if (sort === 0x05)
    space.addInstance(exported?.kind === 'instance' ? exported : { kind: 'instance', exports: new Map() });
  return exported === undefined ? { sort, name } : { sort, name, type: exported };
}

function readDeclarations(reader: ByteReader, space: TypeSpace, imports: boolean): Map<string, ExternType> {
  const exports = new Map<string, ExternType>();
  const count = reader.u32();
  for (let index = 0; index < count; index++) {
    const form = reader.byte();
    if (form === 0x00)
      throw new MalformedBinary('it declares core types inside a component type, which is not supported');
    else if (form === 0x01) space.define(reader);
    else if (form === 0x02) readAlias(reader, space);
    else if (form === 0x04 || (imports && form === 0x03)) {
      const name = readExternName(reader);
      const type = readExternType(reader, space);
      if (type.kind === 'type') space.add(type.type);
      if (type.kind === 'instance') space.addInstance(type);
      if (form === 0x04) exports.set(name, type);
    } else throw new MalformedBinary(`a type declares something of the unknown form 0x${form.toString(16)}`);
  }
  return exports;
}
