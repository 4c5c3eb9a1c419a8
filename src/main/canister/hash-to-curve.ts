// RFC 9380, hash_to_curve for the suite BLS12381G1_XMD:SHA-256_SSWU_RO_. Spelt out because the library's own uses
// another domain.
import { hash } from 'node:crypto';
import mcl from 'mcl-wasm';

const SIGNATURE_DOMAIN = Buffer.from('BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_');
const SHA256_BYTES = 32;
const SHA256_BLOCK_BYTES = 64;
const UNIFORM_BYTES = 64;

/** The point of G1 that a message is signed as. */
export function hashToG1(message: Uint8Array): ReturnType<typeof mapToG1> {
  const uniform = expandMessage(message, 2 * UNIFORM_BYTES);
  return mcl.add(mapToG1(uniform.subarray(0, UNIFORM_BYTES)), mapToG1(uniform.subarray(UNIFORM_BYTES)));
}

function mapToG1(uniform: Uint8Array) {
  const element = new mcl.Fp();
  element.setBigEndianMod(uniform);
  return element.mapToG1();
}

// RFC 9380, section 5.3.1: expand_message_xmd.
function expandMessage(message: Uint8Array, lengthBytes: number): Uint8Array {
  const domain = Buffer.concat([SIGNATURE_DOMAIN, Buffer.of(SIGNATURE_DOMAIN.length)]);
  const length = Buffer.of(lengthBytes >> 8, lengthBytes & 0xff, 0);
  const first = sha256(Buffer.alloc(SHA256_BLOCK_BYTES), message, length, domain);
  let block = Buffer.alloc(SHA256_BYTES);
  const blocks: Buffer[] = [];
  for (let index = 1; index <= lengthBytes / SHA256_BYTES; index += 1) {
    const mixed = Buffer.from(first.map((byte, at) => byte ^ (block[at] ?? 0)));
    block = sha256(mixed, Buffer.of(index), domain);
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

function sha256(...parts: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  return Buffer.from(hash('sha256', Buffer.concat(parts), 'buffer'));
}
