// Reads the primitive values of the WebAssembly binary format from bytes that nobody has checked yet.

/** The bytes are not what the format says they must be. */
export class MalformedBinary extends Error {
  override readonly name = 'MalformedBinary';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A cursor over `bytes`; every read is checked against its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw new MalformedBinary('it ends in the middle of a section');
    this.#offset += 1;
    return byte;
  }

  peek(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw new MalformedBinary('it ends in the middle of a section');
    return byte;
  }

  /** A LEB128 unsigned integer of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new MalformedBinary('a number has more than 32 bits');
  }

  take(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new MalformedBinary('it ends in the middle of a section');
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  takeRest(): Uint8Array {
    return this.take(this.#bytes.length - this.#offset);
  }

  /** A name: its length in bytes, then UTF-8. */
  name(): string {
    const bytes = this.take(this.u32());
    try {
      return utf8.decode(bytes);
    } catch {
      throw new MalformedBinary('a name is not UTF-8');
    }
  }

  /** A vector: its length, then that many items. */
  vector<Item>(item: (reader: ByteReader) => Item): Item[] {
    const length = this.u32();
    const items: Item[] = [];
    for (let index = 0; index < length; index++) items.push(item(this));
    return items;
  }
}
