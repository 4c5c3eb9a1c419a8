// Unsigned LEB128, the form of numbers inside certificates and request hashes.

/** The bytes of `value` (zero or more), seven bits a byte, least significant first. */
export function encodeUnsignedLeb128(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}
