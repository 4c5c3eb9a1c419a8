// Reads the primitive values of the WebAssembly binary format from bytes that nobody has checked yet.

/** The bytes are not what the format says they must be. */
export class MalformedBinary extends Error {
  override readonly name = 'MalformedBinary';
}

const CUT_SHORT = 'it ends in the middle of a section';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A cursor over `bytes`, or over those from `start` to `end`; every read is checked against its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = Math.min(end, bytes.length);
  }

  get done(): boolean {
    return this.#offset >= this.#end;
  }

  /** Where the next read begins, counted from the beginning of `bytes`. */
  get offset(): number {
    return this.#offset;
  }

  byte(): number {
    const byte = this.peek();
    this.#offset += 1;
    return byte;
  }

  peek(): number {
    if (this.#offset >= this.#end) throw new MalformedBinary(CUT_SHORT);
    return this.#bytes[this.#offset] as number;
  }

  /** A LEB128 unsigned integer of at most 32 bits. */
  u32(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new MalformedBinary('a number has more than 32 bits');
  }

  skip(length: number): void {
    if (length > this.#end - this.#offset) throw new MalformedBinary(CUT_SHORT);
    this.#offset += length;
  }

  /** Passes over a LEB128 integer, signed or not, of at most `maximumBytes`. */
  skipInteger(maximumBytes: number): void {
    for (let length = 0; length < maximumBytes; length++) {
      if (this.byte() < 0x80) return;
    }
    throw new MalformedBinary(`a number takes more than ${maximumBytes} bytes`);
  }

  take(length: number): Uint8Array {
    const start = this.#offset;
    this.skip(length);
    return this.#bytes.subarray(start, this.#offset);
  }

  takeRest(): Uint8Array {
    return this.take(this.#end - this.#offset);
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
