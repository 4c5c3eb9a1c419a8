// Bytes that nobody may find later: they are overwritten as soon as they have been used.
//
// What JavaScript does not let us overwrite: text (a password or a key that was ever a string stays in the heap until
// it is collected, and may have been copied), what the platform holds inside a `KeyObject` or a cipher (OpenSSL
// clears those itself when they are collected), and copies that the collector made while it moved things. So secrets
// are read, decoded and decrypted as bytes, never as text.

import { type FileHandle, open } from 'node:fs/promises';

/** Secret bytes; disposing overwrites them. */
export class Secret implements Disposable {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  [Symbol.dispose](): void {
    this.bytes.fill(0);
  }
}

/** Keys and passwords are far smaller; a device without end or a wrong file must not fill the memory. */
const LARGEST_FILE_BYTES = 64 * 1024;

/** A secret that could not be read; the message says why in words that follow "the identity cannot be used:". */
export class SecretFileProblem extends Error {
  override readonly name = 'SecretFileProblem';
}

/**
 * Reads a file, or a pipe to its end, into bytes of our own.
 *
 * @throws SecretFileProblem
 */
export async function readSecretFile(path: string): Promise<Secret> {
  let file: FileHandle | undefined;
  // Not from the pool that small buffers share: nothing else will ever see these bytes.
  const secret = new Secret(Buffer.alloc(LARGEST_FILE_BYTES + 1));
  let length = 0;
  try {
    file = await open(path);
    for (;;) {
      const { bytesRead } = await file.read(secret.bytes, length, secret.bytes.length - length, null);
      length += bytesRead;
      if (bytesRead === 0) return new Secret(secret.bytes.subarray(0, length));
      if (length > LARGEST_FILE_BYTES) {
        throw new SecretFileProblem(`the file ${path} is larger than ${LARGEST_FILE_BYTES} bytes`);
      }
    }
  } catch (error) {
    secret[Symbol.dispose]();
    if (error instanceof SecretFileProblem) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new SecretFileProblem(
      code === 'ENOENT' ? `there is no such file: ${path}` : `${path} cannot be read (${code})`,
    );
  } finally {
    await file?.close();
  }
}
