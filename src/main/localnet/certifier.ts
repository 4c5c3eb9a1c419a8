// Certificates, made in rounds: everything that wants one before a round ends is answered from one tree with
// one signature. Faults give an answer a signature of its own.
import { Cbor } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import type { BlsKey } from './bls.js';
import type { AnswerFaultKind } from './faults.js';
import { type EncodableTree, type HashTree, type TreePath, witness } from './hash-tree.js';
import { withDomain } from './hashing.js';
import type { IngressRecord } from './ingress.js';
import type { NetworkKeys } from './keys.js';
import { canisterRange } from './options.js';
import { delegationTree, type StateTrees } from './state-tree.js';
import type { Counters } from './statistics.js';
import type { Timers } from './timers.js';

/** How far back `stale-time` sets the time. */
export const STALE_MS = 3_600_000;

// A turn of the event loop should not take long: more answers than this wait for the next round.
const MAX_ROUND_ANSWERS = 400;
const TIME_PATH: TreePath = [Buffer.from('time')];

/** What a certificate is wanted for. */
export interface CertificateRequest {
  /** What it shows, besides the time. */
  readonly paths: readonly TreePath[];
  /** The updates among the paths that are known. */
  readonly records: readonly IngressRecord[];
  readonly fault: AnswerFaultKind | undefined;
}

interface Pending extends CertificateRequest {
  readonly resolve: (certificate: Uint8Array) => void;
}

interface Delegation {
  readonly subnet_id: Uint8Array;
  readonly certificate: Uint8Array;
}

/** Makes the certificates of a network. */
export class Certifier {
  readonly #keys: NetworkKeys;
  readonly #states: StateTrees;
  readonly #counters: Counters;
  readonly #timers: Timers;
  readonly #roundMs: number;
  readonly #delegation: Delegation | undefined;
  #pending: Pending[] = [];
  #scheduled = false;

  constructor(keys: NetworkKeys, states: StateTrees, counters: Counters, timers: Timers, roundMs: number) {
    this.#keys = keys;
    this.#states = states;
    this.#counters = counters;
    this.#timers = timers;
    this.#roundMs = roundMs;
    this.#delegation =
      keys.subnet === keys.root ? undefined : this.#delegate(keys.subnet, keys.subnetId, canisterRange());
  }

  /** The certificate in CBOR, once the present round is over. */
  certify(request: CertificateRequest): Promise<Uint8Array> {
    return new Promise((resolve) => {
      this.#pending.push({ ...request, resolve });
      this.#schedule(this.#roundMs);
    });
  }

  #schedule(delayMs: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (delayMs === 0) setImmediate(() => this.#endRound());
    else this.#timers.after(delayMs, () => this.#endRound());
  }

  #endRound(): void {
    this.#scheduled = false;
    const answers = this.#pending.splice(0, MAX_ROUND_ANSWERS);
    if (this.#pending.length > 0) this.#schedule(0);
    const nowMs = Date.now();
    const tree = this.#states.at(nowMs, new Set(answers.flatMap(({ records }) => records)));
    const signature = this.#sign(this.#keys.subnet, tree);
    this.#counters.rounds += 1;
    for (const answer of answers) {
      answer.resolve(
        answer.fault === undefined
          ? encode(witness(tree, [...answer.paths, TIME_PATH]), signature, this.#delegation)
          : this.#faulty(answer, answer.fault, tree, signature, nowMs),
      );
    }
  }

  #faulty(answer: Pending, fault: AnswerFaultKind, tree: HashTree, signature: Uint8Array, nowMs: number) {
    const paths = [...answer.paths, TIME_PATH];
    const shown = witness(tree, paths);
    switch (fault) {
      case 'wrong-signer':
        return encode(shown, this.#sign(this.#keys.impostor, tree), this.#delegation);
      case 'broken-signature':
        return encode(shown, flipBit(signature), this.#delegation);
      case 'no-signature':
        return encode(shown, new Uint8Array(), this.#delegation);
      case 'tampered-answer':
        return encode(tamper(shown), signature, this.#delegation);
      case 'stale-time': {
        const stale = this.#states.at(nowMs - STALE_MS, answer.records);
        return encode(witness(stale, paths), this.#sign(this.#keys.subnet, stale), this.#delegation);
      }
      case 'wrong-subnet': {
        const subnetId = Principal.selfAuthenticating(this.#keys.impostor.publicKeyDer);
        const nothing = Principal.fromUint8Array(new Uint8Array([1, 1]));
        const delegation = this.#delegate(this.#keys.impostor, subnetId, [nothing, nothing]);
        return encode(shown, this.#sign(this.#keys.impostor, tree), delegation);
      }
    }
  }

  #delegate(key: BlsKey, subnetId: Principal, range: readonly [Principal, Principal]): Delegation {
    const tree = delegationTree(Date.now(), subnetId, key.publicKeyDer, range);
    const certificate = encode(witness(tree, [[]]), this.#sign(this.#keys.root, tree), undefined);
    return { subnet_id: subnetId.toUint8Array(), certificate };
  }

  #sign(key: BlsKey, tree: HashTree): Uint8Array {
    this.#counters.blsSignatures += 1;
    return key.sign(withDomain('ic-state-root', tree.hash));
  }
}

function encode(tree: EncodableTree, signature: Uint8Array, delegation: Delegation | undefined): Uint8Array {
  return Cbor.encode(delegation === undefined ? { tree, signature } : { tree, signature, delegation });
}

function flipBit(signature: Uint8Array): Uint8Array {
  // The last byte: the first ones hold flags, which would make it no signature at all.
  return signature.map((byte, index) => (index === signature.length - 1 ? byte ^ 1 : byte));
}

/** `tree` with the first leaf changed that is not empty; the time comes last. */
function tamper(tree: EncodableTree): EncodableTree {
  let done = false;
  const change = (node: EncodableTree): EncodableTree => {
    if (done) return node;
    switch (node[0]) {
      case 1:
        return [1, change(node[1]), change(node[2])];
      case 2:
        return [2, node[1], change(node[2])];
      case 3:
        if (node[1].length === 0) return node;
        done = true;
        return [3, node[1].map((byte, index) => (index === node[1].length - 1 ? byte ^ 1 : byte))];
      default:
        return node;
    }
  };
  return change(tree);
}
