// Puts together the bytes of a binary whose length is not known before.

/** The bytes of a LEB128 unsigned integer of at most 32 bits. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** How many bytes a length takes that is written after what it measures. */
const LATE_LENGTH_BYTES = 5;

/** Up to here, copying one byte after the other is quicker than to make a view of them. */
const SHORT_BYTES = 64;

/** Bytes that are added at the end. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** @param expected bytes to make room for at once */
  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected);
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = byte;
  }

  /** A LEB128 unsigned integer of at most 32 bits. */
  u32(value: number): void {
    this.#makeRoom(LATE_LENGTH_BYTES);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  append(bytes: ArrayLike<number>): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What `from` has from `start` to `end`. */
  copy(from: Uint8Array, start: number, end: number): void {
    if (end - start > SHORT_BYTES) {
      this.append(from.subarray(start, end));
      return;
    }
    this.#makeRoom(SHORT_BYTES);
    for (let index = start; index < end; index++) this.#bytes[this.#length++] = from[index] as number;
  }

  /** Leaves room for a length. What is written until `endMeasured(mark)` is what it measures. */
  beginMeasured(): number {
    this.#makeRoom(LATE_LENGTH_BYTES);
    this.#length += LATE_LENGTH_BYTES;
    return this.#length;
  }

  endMeasured(mark: number): void {
    const length = this.#length - mark;
    for (let index = 0; index < LATE_LENGTH_BYTES; index++) {
      const more = index < LATE_LENGTH_BYTES - 1 ? 0x80 : 0;
      this.#bytes[mark - LATE_LENGTH_BYTES + index] = ((length >>> (7 * index)) & 0x7f) | more;
    }
  }

  #makeRoom(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.ceil((this.#length + length) * 1.5));
    larger.set(this.written);
    this.#bytes = larger;
  }
}
