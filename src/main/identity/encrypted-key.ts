// Private keys that a password protects: PKCS#8 with PBES2, as icp-cli writes it (scrypt, AES-256-CBC) and as OpenSSL
// does (PBKDF2). OpenSSL's own reader is no help: it gives scrypt less memory than icp-cli's parameters need.
// https://www.rfc-editor.org/rfc/rfc8018, https://www.rfc-editor.org/rfc/rfc7914

import { createDecipheriv, pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { DER, DerProblem, DerReader } from './der.js';
import { KeyProblem } from './private-key.js';
import { Secret } from './secret.js';

/** A key that waits for its password. */
export interface EncryptedKey {
  /** The key in PKCS#8, or `undefined` when this is not its password. */
  decrypt(password: Uint8Array): Promise<Secret | undefined>;
}

const PBES2 = '2a864886f70d01050d';
const PBKDF2 = '2a864886f70d01050c';
const SCRYPT = '2b06010401da47040b';

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
}
const CIPHERS: ReadonlyMap<string, Cipher> = new Map([
  ['60864801650304012a', { name: 'aes-256-cbc', keyBytes: 32 }],
  ['608648016503040116', { name: 'aes-192-cbc', keyBytes: 24 }],
  ['608648016503040102', { name: 'aes-128-cbc', keyBytes: 16 }],
]);
const BLOCK_BYTES = 16;

const HASHES: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d0207', 'sha1'],
  ['2a864886f70d0209', 'sha256'],
  ['2a864886f70d020a', 'sha384'],
  ['2a864886f70d020b', 'sha512'],
]);

/** What a key file may ask of this machine for one try: icp-cli's parameters take 128 MiB and half a second. */
const MOST_SCRYPT_BYTES = 1024 ** 3;
const MOST_SCRYPT_LANES = 16;
const MOST_ITERATIONS = 10_000_000;

type Derive = (password: Uint8Array, keyBytes: number) => Promise<Buffer>;
const runScrypt = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);
const runPbkdf2 = promisify(pbkdf2);

/**
 * Takes apart an `ENCRYPTED PRIVATE KEY`. Nothing is derived yet.
 *
 * @throws KeyProblem when it is malformed, or encrypted in a way that is not known
 */
export function readEncryptedKey(der: Buffer): EncryptedKey {
  try {
    return parse(new DerReader(der).sequence());
  } catch (error) {
    if (error instanceof DerProblem) throw new KeyProblem('its encrypted private key is malformed');
    throw error;
  }
}

function parse(key: DerReader): EncryptedKey {
  const scheme = key.sequence();
  const ciphertext = key.read(DER.octets);
  if (scheme.oid() !== PBES2) throw unknown('a scheme other than PBES2');
  const parameters = scheme.sequence();
  const derive = readDerivation(parameters.sequence());
  const encryption = parameters.sequence();
  const cipher = CIPHERS.get(encryption.oid());
  if (cipher === undefined) throw unknown('a cipher other than AES-CBC');
  const iv = encryption.read(DER.octets);
  if (iv.length !== BLOCK_BYTES) throw new DerProblem();
  return {
    decrypt: async (password) => {
      using derived = new Secret(await derive(password, cipher.keyBytes));
      return decrypt(cipher, derived.bytes, iv, ciphertext);
    },
  };
}

function readDerivation(derivation: DerReader): Derive {
  const oid = derivation.oid();
  const parameters = derivation.sequence();
  const salt = parameters.read(DER.octets);
  if (oid === SCRYPT) return scryptOf(salt, parameters);
  if (oid === PBKDF2) return pbkdf2Of(salt, parameters);
  throw unknown('a key derivation other than scrypt and PBKDF2');
}

function scryptOf(salt: Buffer, parameters: DerReader): Derive {
  const [N, r, p] = [parameters.natural(), parameters.natural(), parameters.natural()];
  const bytes = 128 * N * r;
  if (N < 2 || (N & (N - 1)) !== 0 || r < 1 || p < 1) throw new DerProblem();
  if (bytes > MOST_SCRYPT_BYTES || p > MOST_SCRYPT_LANES) {
    throw new KeyProblem(`its encryption asks for scrypt with N=${N}, r=${r}, p=${p}, more than is allowed`);
  }
  // OpenSSL counts a little more than the algorithm's own table.
  const maxmem = 2 * bytes + 1024 * 1024 * p;
  return (password, keyBytes) => runScrypt(password, salt, keyBytes, { N, r, p, maxmem });
}

function pbkdf2Of(salt: Buffer, parameters: DerReader): Derive {
  const iterations = parameters.natural();
  if (iterations < 1) throw new DerProblem();
  if (iterations > MOST_ITERATIONS) {
    throw new KeyProblem(`its encryption asks for ${iterations} iterations of PBKDF2, more than is allowed`);
  }
  // The length of the key, which follows from the cipher; then the hash, SHA-1 unless it is named.
  if (parameters.nextTag === DER.integer) parameters.natural();
  const hash = parameters.atEnd ? 'sha1' : HASHES.get(parameters.sequence().oid());
  if (hash === undefined) throw unknown('PBKDF2 with a hash other than SHA-1 and SHA-2');
  return (password, keyBytes) => runPbkdf2(password, salt, iterations, keyBytes, hash);
}

function decrypt(cipher: Cipher, key: Buffer, iv: Buffer, ciphertext: Buffer): Secret | undefined {
  const decipher = createDecipheriv(cipher.name, key, iv);
  using start = new Secret(decipher.update(ciphertext));
  try {
    using end = new Secret(decipher.final());
    const whole = new Secret(Buffer.alloc(start.bytes.length + end.bytes.length));
    start.bytes.copy(whole.bytes);
    end.bytes.copy(whole.bytes, start.bytes.length);
    // One wrong password in 256 leaves padding that looks right; what it leaves is then no DER.
    if (isOneElement(whole.bytes)) return whole;
    whole[Symbol.dispose]();
  } catch {
    // The padding is wrong, as it is after a wrong password.
  }
  return undefined;
}

function isOneElement(der: Buffer): boolean {
  try {
    const reader = new DerReader(der);
    reader.sequence().natural();
    return reader.atEnd;
  } catch {
    return false;
  }
}

function unknown(what: string): KeyProblem {
  return new KeyProblem(
    `its key is encrypted with ${what}; usable are PBES2 with scrypt or PBKDF2, and AES-CBC`,
  );
}
