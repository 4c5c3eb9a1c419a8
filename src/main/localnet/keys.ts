// Every key of the network, all derived from one seed text: the root key, the subnet's key, the key of the
// node that signs query answers, and the keys of impostors for faults.
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import { type BlsKey, blsKeyFromSeed } from './bls.js';
import { sha256 } from './hashing.js';

const ED25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A node of the subnet: its answers to queries are signed with ed25519. */
export interface NodeKey {
  readonly nodeId: Principal;
  /** 44 bytes: SubjectPublicKeyInfo. */
  readonly publicKeyDer: Uint8Array;
  /** The 64-byte signature of `message`. */
  sign(message: Uint8Array): Uint8Array;
}

/** The keys of one network. */
export interface NetworkKeys {
  readonly root: BlsKey;
  /** The key that signs certificates: the root key itself, or one that the root key has certified. */
  readonly subnet: BlsKey;
  readonly subnetId: Principal;
  readonly node: NodeKey;
  /** A key that nobody has certified. */
  readonly impostor: BlsKey;
  /** A node that is not in the subnet. */
  readonly impostorNode: NodeKey;
}

/**
 * The keys that follow from `seed`.
 * @param subnetKey `root`: one key signs everything; `delegated`: the subnet has a key of its own
 */
export function deriveKeys(seed: string, subnetKey: 'root' | 'delegated'): NetworkKeys {
  const root = blsKeyFromSeed(labelled(seed, 'root'));
  const subnet = subnetKey === 'root' ? root : blsKeyFromSeed(labelled(seed, 'subnet'));
  return {
    root,
    subnet,
    subnetId: Principal.selfAuthenticating(subnet.publicKeyDer),
    node: nodeKeyFromSeed(labelled(seed, 'node')),
    impostor: blsKeyFromSeed(labelled(seed, 'impostor')),
    impostorNode: nodeKeyFromSeed(labelled(seed, 'impostor node')),
  };
}

function labelled(seed: string, label: string): string {
  return `sandpool localnet, ${label}: ${seed}`;
}

function nodeKeyFromSeed(seed: string): NodeKey {
  const privateKey: KeyObject = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8_PREFIX, sha256(seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKeyDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    nodeId: Principal.selfAuthenticating(publicKeyDer),
    publicKeyDer,
    sign: (message) => sign(null, message, privateKey),
  };
}
