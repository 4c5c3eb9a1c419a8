// Just enough of DER to take apart what stands around an encrypted key.

/** The tags that occur there. */
export const DER = { integer: 0x02, octets: 0x04, nothing: 0x05, oid: 0x06, sequence: 0x30 } as const;

/** Bytes that are not the DER that was expected. */
export class DerProblem extends Error {
  override readonly name = 'DerProblem';
}

const LONG_FORM = 0x80;
const LONGEST_LENGTH_BYTES = 3;

/** Reads the elements in some bytes one after another. What it gives are parts of those bytes, not copies. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag of the next element, if there is one. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The content of the next element. @throws DerProblem unless it has that tag */
  read(tag: number): Buffer {
    if (this.nextTag !== tag) throw new DerProblem();
    let length = this.#bytes[this.#at + 1] ?? 0;
    let start = this.#at + 2;
    if (length >= LONG_FORM) {
      const count = length - LONG_FORM;
      if (count === 0 || count > LONGEST_LENGTH_BYTES || start + count > this.#bytes.length)
        throw new DerProblem();
      length = this.#bytes.readUIntBE(start, count);
      start += count;
    }
    const end = start + length;
    if (end > this.#bytes.length) throw new DerProblem();
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  /** The elements inside the next one, a sequence. @throws DerProblem */
  sequence(): DerReader {
    return new DerReader(this.read(DER.sequence));
  }

  /** An object identifier, as the hex of its bytes. @throws DerProblem */
  oid(): string {
    return this.read(DER.oid).toString('hex');
  }

  /** A natural number of at most four bytes. @throws DerProblem */
  natural(): number {
    const bytes = this.read(DER.integer);
    const digits = bytes[0] === 0 ? bytes.subarray(1) : bytes;
    if (bytes.length === 0 || digits.length > 4 || (bytes[0] ?? 0) >= LONG_FORM) throw new DerProblem();
    return digits.length === 0 ? 0 : digits.readUIntBE(0, digits.length);
  }
}
