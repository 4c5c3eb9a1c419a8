// Where the password of a key comes from, and how often it may be wrong.

import { SandpoolError } from '../../bridge/errors.js';
import { readSecretFile, Secret } from './secret.js';

/** What an asker is told. */
export interface PasswordRequest {
  /** Which identity it is for. */
  readonly identity: string;
  /** From 1; after the first, the one before was wrong. */
  readonly attempt: number;
}

/** Where a password comes from: a file, whose leading and trailing white space does not count, or someone to ask. */
export type PasswordSource =
  | { readonly passwordFile: string }
  /** Resolves with the password in UTF-8; the bytes are overwritten once they have been used. */
  | { readonly askPassword: (request: PasswordRequest) => Promise<Uint8Array> };

const ATTEMPTS = 3;
const WHITE_SPACE = new Set(Buffer.from(' \t\n\v\f\r'));

/**
 * Tries passwords of `source` until `open` gives something.
 *
 * @throws IDENTITY_UNUSABLE when there is no password, or it is wrong; what the asker throws
 * @throws SecretFileProblem
 */
export async function unlock<Opened>(
  identity: string,
  source: PasswordSource | undefined,
  open: (password: Uint8Array) => Promise<Opened | undefined>,
): Promise<Opened> {
  if (source === undefined) throw needsPassword(identity, 'its key is encrypted with a password');
  if ('passwordFile' in source) {
    using file = await readSecretFile(source.passwordFile);
    const opened = await open(trimmed(file.bytes));
    if (opened !== undefined) return opened;
    throw needsPassword(identity, `the password in ${source.passwordFile} is wrong`);
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const given = await source.askPassword({ identity, attempt });
    using password = new Secret(Buffer.from(given.buffer, given.byteOffset, given.byteLength));
    const opened = await open(password.bytes);
    if (opened !== undefined) return opened;
  }
  throw needsPassword(identity, `the password is wrong, ${ATTEMPTS} times over`);
}

/** An `IDENTITY_UNUSABLE` that says how to give a password. */
export function needsPassword(identity: string, reason: string): SandpoolError {
  const remedy = 'put the password into a file and pass it with --identity-password-file';
  return new SandpoolError('IDENTITY_UNUSABLE', { identity, reason, remedy });
}

/** icp-cli takes white space away from what it finds in a file; this does so for that of ASCII. */
function trimmed(bytes: Buffer): Buffer {
  let start = 0;
  let end = bytes.length;
  while (start < end && WHITE_SPACE.has(bytes[start] ?? 0)) start += 1;
  while (end > start && WHITE_SPACE.has(bytes[end - 1] ?? 0)) end -= 1;
  return bytes.subarray(start, end);
}
