// Whose key signs when somebody types a name, a path, or nothing.

import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { AnonymousIdentity, type Identity } from '@icp-sdk/core/agent';
import { SandpoolError } from '../../bridge/errors.js';
import { defaultIdentityFolder } from './identity-folder.js';
import type { PasswordSource } from './password.js';

const ANONYMOUS = 'anonymous';

/** What the choice also depends on. */
export interface ChoiceOptions {
  /** Where icp-cli keeps identities. @default as icp-cli finds it */
  readonly folder?: string;
  /** For a key that is encrypted. */
  readonly password?: PasswordSource;
}

/**
 * The identity that `text` names: one of icp-cli's, or else the PEM file at that path. Without a text it is icp-cli's
 * default, which is nobody's until `icp identity default` has chosen another.
 *
 * @throws IDENTITY_NOT_FOUND, IDENTITY_INVALID, IDENTITY_UNUSABLE; MANIFEST_INVALID, MANIFEST_UNREADABLE
 */
export async function chooseIdentity(
  text: string | undefined,
  options: ChoiceOptions = {},
): Promise<Identity> {
  const folder = options.folder ?? defaultIdentityFolder();
  const name = text ?? (await defaultName(folder));
  if (name === ANONYMOUS) return new AnonymousIdentity();
  // What reads keys is loaded when there is one: most runs here are nobody's.
  const { loadIdentity } = await import('./load-identity.js');
  const password = options.password === undefined ? {} : { password: options.password };
  const isPemFile = text !== undefined && !(await isStored(text, folder)) && looksLikeFile(text);
  return loadIdentity(isPemFile ? { pemFile: text, ...password } : { name, folder, ...password });
}

/** @returns the name of icp-cli's default identity */
async function defaultName(folder: string): Promise<string> {
  const file = join(folder, 'identity_defaults.json');
  if (isAbsent(file)) return ANONYMOUS;
  const { readDefaultName } = await import('./identity-store.js');
  return readDefaultName(file);
}

async function isStored(name: string, folder: string): Promise<boolean> {
  if (isAbsent(join(folder, 'identity_list.json'))) return false;
  const { IdentityStore } = await import('./identity-store.js');
  try {
    return (await IdentityStore.open(folder)).has(name);
  } catch (error) {
    // A file was named, and is there: that icp-cli's list is broken or closed to us is no reason not to use it.
    if (error instanceof SandpoolError && hasSeparator(name) && isFile(name)) return false;
    throw error;
  }
}

/** Whether a file is certainly not there; any other reason not to see it comes to light when it is read. */
function isAbsent(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

function looksLikeFile(text: string): boolean {
  return hasSeparator(text) || isFile(text);
}

/** A file, or a pipe. */
function isFile(path: string): boolean {
  let status: Stats | undefined;
  try {
    status = statSync(path, { throwIfNoEntry: false });
  } catch {
    // Too long for a path, say.
  }
  return status !== undefined && !status.isDirectory();
}

function hasSeparator(text: string): boolean {
  return text.includes('/') || (process.platform === 'win32' && text.includes('\\'));
}
