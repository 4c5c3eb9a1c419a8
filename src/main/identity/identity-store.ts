// icp-cli's list of identities: their names, which is the default, and what kind each is of. Only read, never written.

import { join } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import { isPlainWindowsName } from '../../bridge/windows-names.js';
import type { ManifestValue } from '../project/manifest-document.js';
import { listed, plainList, quoted, suggestion } from '../project/shown-text.js';
import { invalid } from './open-key.js';
import { checkVersion, member, members, readStoreFile } from './store-file.js';

/** The name of nobody's identity, which is there without a list. */
export const ANONYMOUS = 'anonymous';

/** Where a private key is kept. */
export type KeyStorage = 'file' | 'keyring';

/** What the list says about an identity; principals in text. */
export type StoredIdentity =
  | { readonly kind: 'anonymous' | 'hsm' | 'pending-delegation' }
  | {
      readonly kind: 'key';
      readonly principal: string;
      readonly storage: KeyStorage;
      readonly encrypted: boolean;
    }
  | {
      /** A session key, with a chain of delegations to it. */
      readonly kind: 'delegated';
      readonly principal: string;
      readonly storage: KeyStorage;
      readonly origin: 'web-auth' | 'delegation';
    };

const KINDS = [
  'anonymous',
  'pem',
  'keyring',
  'hsm',
  'web-auth',
  'internet-identity',
  'pending-delegation',
  'delegation',
];

/** The identities in one folder. */
export class IdentityStore {
  readonly #folder: string;
  readonly #identities: ReadonlyMap<string, ManifestValue>;

  /**
   * Reads the list. Of what is in it only the names are looked at.
   *
   * @throws MANIFEST_INVALID, MANIFEST_UNREADABLE
   */
  static async open(folder: string): Promise<IdentityStore> {
    const list = await readStoreFile(join(folder, 'identity_list.json'));
    if (list === undefined) return new IdentityStore(folder, new Map());
    checkVersion(list);
    return new IdentityStore(folder, members(member(list, 'identities')));
  }

  private constructor(folder: string, identities: ReadonlyMap<string, ManifestValue>) {
    this.#folder = folder;
    this.#identities = identities;
  }

  has(name: string): boolean {
    return name === ANONYMOUS || this.#identities.has(name);
  }

  /** An `IDENTITY_NOT_FOUND` that says what there is. */
  notFound(name: string): SandpoolError {
    const names = [ANONYMOUS, ...[...this.#identities.keys()].filter((known) => known !== ANONYMOUS).sort()];
    return new SandpoolError('IDENTITY_NOT_FOUND', {
      identity: quoted(name),
      suggestion: suggestion(name, names),
      folder: this.#folder,
      known: plainList(names),
    });
  }

  /**
   * What the list says about an identity.
   *
   * @throws IDENTITY_NOT_FOUND, MANIFEST_INVALID
   */
  find(name: string): StoredIdentity {
    const entry = this.#identities.get(name);
    if (entry !== undefined) return readEntry(name, entry);
    if (name === ANONYMOUS) return { kind: 'anonymous' };
    throw this.notFound(name);
  }

  /** The file of the key. @throws IDENTITY_INVALID when the name would lead out of the folder */
  keyFile(name: string): string {
    return this.#file(name, 'keys', 'pem');
  }

  /** The file of the chain of delegations. @throws IDENTITY_INVALID when the name would lead out of the folder */
  delegationFile(name: string): string {
    return this.#file(name, 'delegations', 'json');
  }

  #file(name: string, folder: string, ending: string): string {
    const file = `${name}.${ending}`;
    const stays = process.platform === 'win32' ? isPlainWindowsName(file) : !/[/\0]/.test(file);
    if (!stays) throw invalid(quoted(name), 'its name would lead out of the folder of its key');
    return join(this.#folder, folder, file);
  }
}

/**
 * The name of the default identity; that of nobody's when none was chosen.
 *
 * @throws MANIFEST_INVALID, MANIFEST_UNREADABLE
 */
export async function readDefaultName(file: string): Promise<string> {
  const defaults = await readStoreFile(file);
  if (defaults === undefined) return ANONYMOUS;
  checkVersion(defaults);
  return member(defaults, 'default').text();
}

function readEntry(name: string, entry: ManifestValue): StoredIdentity {
  const kind = member(entry, 'kind');
  switch (kind.text()) {
    case 'anonymous':
    case 'hsm':
    case 'pending-delegation':
      return { kind: kind.text() as 'anonymous' };
    case 'pem': {
      const encrypted = member(entry, 'format').choice(['plaintext', 'pbes2']) === 'pbes2';
      return { kind: 'key', principal: principalOf(entry), storage: 'file', encrypted };
    }
    case 'keyring':
      return { kind: 'key', principal: principalOf(entry), storage: 'keyring', encrypted: false };
    case 'web-auth':
    case 'internet-identity':
      return delegated(entry, 'web-auth');
    case 'delegation':
      return delegated(entry, 'delegation');
    default:
      throw kind.problem(
        `the identity ${quoted(name)} is of the kind ${quoted(kind.text())}, which sandpool does not know; it knows ${listed(KINDS)}`,
      );
  }
}

function delegated(entry: ManifestValue, origin: 'web-auth' | 'delegation'): StoredIdentity {
  const storage = member(member(entry, 'storage'), 'kind').choice(['keyring', 'pem']);
  return {
    kind: 'delegated',
    principal: principalOf(entry),
    storage: storage === 'pem' ? 'file' : storage,
    origin,
  };
}

function principalOf(entry: ManifestValue): string {
  return member(entry, 'principal').text();
}
