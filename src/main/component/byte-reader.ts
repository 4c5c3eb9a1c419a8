// Reads the primitive values of the WebAssembly binary format from bytes that nobody has checked yet.

/** The bytes are not what the format says they must be. */
export class MalformedBinary extends Error {
  override readonly name = 'MalformedBinary';
}

const CUT_SHORT = 'it ends in the middle of a section';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Real plugins come to some ten thousand. What it allows is read in about a third of a second. */
const MOST_READ = 1_000_000;
/** A name is decoded, looked at and kept. */
const NAME_COST = 10;

/** How much may be read of one file: many small things take far more time and memory than the bytes they come in. */
export class ReadingBudget {
  #left = MOST_READ;

  /** @throws MalformedBinary when it is used up */
  spend(cost: number): void {
    this.#left -= cost;
    if (this.#left < 0) throw new MalformedBinary('it declares more than a plugin can have use for');
  }
}

/** A cursor over `bytes`, or over those from `start` to `end`; every read is checked against its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #budget: ReadingBudget | undefined;
  #offset: number;

  /** @param budget charged for items and names */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length, budget?: ReadingBudget) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = Math.min(end, bytes.length);
    this.#budget = budget;
  }

  get done(): boolean {
    return this.#offset >= this.#end;
  }

  /** Where the next read begins, counted from the beginning of `bytes`. */
  get offset(): number {
    return this.#offset;
  }

  /** Charges the budget, if there is one, for an item. @throws MalformedBinary when it is used up */
  spend(cost = 1): void {
    this.#budget?.spend(cost);
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
    this.spend(NAME_COST);
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
    for (let index = 0; index < length; index++) {
      this.spend();
      items.push(item(this));
    }
    return items;
  }
}
