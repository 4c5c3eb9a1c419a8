// Which keys the nodes of a canister's subnet have, as the network certifies it. One look serves all canisters
// of the subnet, and callers who need it at the same time share it.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { Cbor, type HashTree } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { certificateInvalid, type VerifiedCertificate } from './certificate.js';
import { lookupTree, lookupValue, shownEntries } from './hash-tree.js';
import { PLUGIN_TEXTS } from './plugin-text.js';
import { parsePrincipal } from './principal.js';
import type { NodeKeys } from './query-signature.js';

/** Reads, with a verified certificate, all that is under `/subnet` for the canister's subnet. */
export type ReadSubnetState = (canisterId: string) => Promise<VerifiedCertificate>;

interface Subnet {
  readonly nodeKeys: NodeKeys;
  /** The canisters that the certificate names as the subnet's: first and last of each range. */
  readonly ranges: readonly (readonly [Uint8Array, Uint8Array])[];
  readonly readAtMs: number;
}

/** Nodes join and leave subnets seldom; after this long a subnet is read again. */
const FRESH_MS = 5 * 60_000;
const NODE_KEY_BYTES = 44;

/** The node keys of the subnets of one network. */
export class SubnetKeys {
  readonly #read: ReadSubnetState;
  readonly #rootSubnetId: Uint8Array;
  readonly #subnets = new Map<string, Subnet>();
  readonly #underWay = new Map<string, Promise<NodeKeys>>();

  constructor(read: ReadSubnetState, rootKey: Uint8Array) {
    this.#read = read;
    this.#rootSubnetId = Principal.selfAuthenticating(rootKey).toUint8Array();
  }

  /** The keys of the nodes that may answer queries for `canisterId`. @throws CallFailure */
  async keysFor(canisterId: string): Promise<NodeKeys> {
    const known = this.#known(canisterId);
    if (known) return known.nodeKeys;
    // Canisters that are queried together are mostly of one subnet: before asking about another canister,
    // see whether what is being asked already answers for this one too.
    if (this.#underWay.size > 0 && !this.#underWay.has(canisterId)) {
      await Promise.allSettled(this.#underWay.values());
      const found = this.#known(canisterId);
      if (found) return found.nodeKeys;
    }
    return this.#readShared(canisterId);
  }

  /** The keys of the nodes as they are now. @throws CallFailure */
  freshKeysFor(canisterId: string): Promise<NodeKeys> {
    return this.#readShared(canisterId);
  }

  #known(canisterId: string): Subnet | undefined {
    const id = parsePrincipal('canister', canisterId).toUint8Array();
    for (const [key, subnet] of this.#subnets) {
      if (Date.now() - subnet.readAtMs > FRESH_MS) this.#subnets.delete(key);
      else if (subnet.ranges.some((range) => within(id, range))) return subnet;
    }
    return undefined;
  }

  #readShared(canisterId: string): Promise<NodeKeys> {
    let keys = this.#underWay.get(canisterId);
    if (keys === undefined) {
      keys = this.#readSubnet(canisterId).finally(() => this.#underWay.delete(canisterId));
      this.#underWay.set(canisterId, keys);
    }
    return keys;
  }

  async #readSubnet(canisterId: string): Promise<NodeKeys> {
    const { tree, delegation } = await this.#read(canisterId);
    const subnetId = delegation?.subnetId ?? this.#rootSubnetId;
    const nodeKeys = nodeKeysOf(tree, subnetId, canisterId);
    // Without a delegation it is the root subnet that answers, and its own tree that says for whom.
    const rangesTree = delegation ? delegationTree(delegation.certificate) : tree;
    const ranges = rangesOf(rangesTree, subnetId, canisterId);
    const id = parsePrincipal('canister', canisterId).toUint8Array();
    if (!ranges.some((range) => within(id, range))) {
      const reason = 'its subnet does not have the canister';
      throw certificateInvalid(canisterId, reason, PLUGIN_TEXTS.canisterNotInRanges);
    }
    const key = Buffer.from(subnetId).toString('hex');
    this.#subnets.set(key, { nodeKeys, ranges, readAtMs: Date.now() });
    return nodeKeys;
  }
}

function nodeKeysOf(tree: HashTree, subnetId: Uint8Array, canisterId: string): NodeKeys {
  const nodes = lookupTree(tree, ['subnet', subnetId, 'node']);
  const keys = new Map<string, KeyObject>();
  if (nodes.status === 'found') {
    for (const [node, state] of shownEntries(nodes.value)) {
      const der = lookupValue(state, ['public_key']);
      if (der.status === 'found') keys.set(Buffer.from(node).toString('hex'), nodeKey(der.value, canisterId));
    }
  }
  if (keys.size === 0) throw certificateInvalid(canisterId, 'it does not show the keys of the nodes');
  return keys;
}

function nodeKey(der: Uint8Array, canisterId: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    if (der.length === NODE_KEY_BYTES && key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Falls through: it is no key at all.
  }
  throw certificateInvalid(canisterId, 'the key of a node is malformed', PLUGIN_TEXTS.nodeKeyMalformed);
}

// The delegation's certificate was verified along with the certificate that carries it.
function delegationTree(bytes: Uint8Array): HashTree {
  return Cbor.decode<{ tree: HashTree }>(bytes).tree;
}

// Newer certificates shard the ranges under a path of their own; older ones hold them in one leaf.
function rangesOf(tree: HashTree, subnetId: Uint8Array, canisterId: string): Subnet['ranges'] {
  const shards = lookupTree(tree, ['canister_ranges', subnetId]);
  if (shards.status === 'found') {
    return Array.from(shownEntries(shards.value)).flatMap(([, shard]) => {
      const value = lookupValue(shard, []);
      return value.status === 'found' ? decodeRanges(value.value, canisterId) : [];
    });
  }
  const ranges = lookupValue(tree, ['subnet', subnetId, 'canister_ranges']);
  return ranges.status === 'found' ? decodeRanges(ranges.value, canisterId) : [];
}

function decodeRanges(bytes: Uint8Array, canisterId: string): (readonly [Uint8Array, Uint8Array])[] {
  const decoded: unknown = Cbor.decode(bytes);
  if (Array.isArray(decoded) && decoded.every(isRange)) return decoded;
  throw certificateInvalid(canisterId, 'the ranges of its subnet are malformed');
}

function isRange(value: unknown): value is readonly [Uint8Array, Uint8Array] {
  return Array.isArray(value) && value[0] instanceof Uint8Array && value[1] instanceof Uint8Array;
}

// Principals are ordered as byte strings, shorter before longer where one begins the other.
function within(id: Uint8Array, [first, last]: readonly [Uint8Array, Uint8Array]): boolean {
  return Buffer.compare(first, id) <= 0 && Buffer.compare(id, last) <= 0;
}
