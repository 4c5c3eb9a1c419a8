// Stores of identities written by hand, as icp-cli writes them.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Principal } from '@icp-sdk/core/principal';
import { hashOfMap } from '#src/main/canister/representation-hash.js';

/** A folder of identities. */
export class HandmadeStore {
  readonly folder = mkdtempSync(join(tmpdir(), 'identity-store-'));

  /** Writes a file. @returns its path */
  write(path: string, content: string | object): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    return file;
  }

  /** Writes the list. */
  list(identities: object): string {
    return this.write('identity_list.json', { v: 1, identities });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export type KeyName = 'ed25519' | 'secp256k1' | 'P-256';

/** A key pair of one of the usable kinds. */
export interface Key {
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly publicKeyDer: Buffer;
  readonly principal: string;
}

export function makeKey(name: KeyName): Key {
  const curves = { secp256k1: 'secp256k1', 'P-256': 'prime256v1' };
  const { privateKey, publicKey } =
    name === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: curves[name] });
  const publicKeyDer = publicKey.export({ type: 'spki', format: 'der' });
  return {
    privateKey,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyDer,
    principal: Principal.selfAuthenticating(new Uint8Array(publicKeyDer)).toText(),
  };
}

/** What a delegation says beside the keys. */
export interface DelegationTerms {
  /** From now, in milliseconds. @default an hour */
  readonly lifetimeMs?: number;
  readonly targets?: readonly Principal[];
}

const DOMAIN = Buffer.from('\x1Aic-request-auth-delegation', 'latin1');

/** A delegation from one key to another, in the JSON that icp-cli keeps. */
export function delegate(from: Key, to: Key, { lifetimeMs = 3_600_000, targets }: DelegationTerms = {}) {
  const expiration = BigInt(Date.now() + lifetimeMs) * 1_000_000n;
  const bytes = targets?.map((target) => target.toUint8Array());
  const pubkey = to.publicKeyDer;
  const fields = { pubkey, expiration, ...(bytes === undefined ? {} : { targets: bytes }) };
  const message = Buffer.concat([DOMAIN, hashOfMap(fields)]);
  const isEd25519 = from.privateKey.asymmetricKeyType === 'ed25519';
  const key = { key: from.privateKey, dsaEncoding: 'ieee-p1363' as const };
  return {
    signature: sign(isEd25519 ? null : 'sha256', message, key).toString('hex'),
    delegation: {
      pubkey: pubkey.toString('hex'),
      expiration: expiration.toString(16),
      targets: bytes?.map((target) => Buffer.from(target).toString('hex')) ?? null,
    },
  };
}

/** A chain, in the JSON that icp-cli keeps. */
export function chainOf(root: Pick<Key, 'publicKeyDer'>, ...delegations: ReturnType<typeof delegate>[]) {
  return { publicKey: root.publicKeyDer.toString('hex'), delegations };
}

/** An identity in the list, as `icp identity link web` leaves it. */
export function webAuth(principal: string, algorithm = 'ed25519') {
  const storage = { kind: 'pem', format: 'plaintext' };
  return { kind: 'web-auth', algorithm, principal, storage, host: 'https://id.ai/', domain: null };
}
