// The certified state as a hash tree: time, canisters, the subnet, and the statuses of requests. Which of it
// a request may see is decided in `read-state.ts`.
import { Cbor } from '@icp-sdk/core/agent';
import type { Principal } from '@icp-sdk/core/principal';
import type { CanisterHost, HostedCanister } from './canister-host.js';
import { branch, type HashTree, leaf } from './hash-tree.js';
import type { IngressRecord } from './ingress.js';
import type { NetworkKeys } from './keys.js';
import { encodeUnsignedLeb128 } from './leb128.js';
import { canisterRange } from './options.js';

const NANOSECONDS_PER_MS = 1_000_000n;

/** Makes the state trees of a network. */
export class StateTrees {
  readonly #host: CanisterHost;
  readonly #subnet: HashTree;
  readonly #ranges: HashTree;
  #canisters: HashTree | undefined;

  constructor(host: CanisterHost, keys: NetworkKeys) {
    this.#host = host;
    this.#ranges = rangesTree(keys.subnetId, canisterRange());
    this.#subnet = branch([
      [
        keys.subnetId.toUint8Array(),
        branch([
          ['canister_ranges', leaf(encodeRanges(canisterRange()))],
          [
            'node',
            branch([
              [keys.node.nodeId.toUint8Array(), branch([['public_key', leaf(keys.node.publicKeyDer)]])],
            ]),
          ],
          ['public_key', leaf(keys.subnet.publicKeyDer)],
          ['type', leaf('application')],
        ]),
      ],
    ]);
    host.onChange(() => {
      this.#canisters = undefined;
    });
  }

  /** The state at `timeMs`, with the statuses of `records` and of no other request. */
  at(timeMs: number, records: Iterable<IngressRecord>): HashTree {
    this.#canisters ??= branch(
      Array.from(this.#host.all(), (hosted) => [hosted.id.toUint8Array(), canisterTree(hosted)] as const),
    );
    return branch([
      ['canister', this.#canisters],
      ['canister_ranges', this.#ranges],
      [
        'request_status',
        branch(Array.from(records, (record) => [record.requestId, statusTree(record)] as const)),
      ],
      ['subnet', this.#subnet],
      ['time', timeLeaf(timeMs)],
    ]);
  }
}

/** The root's state as far as a delegation shows it: a subnet's key and the canisters it speaks for. */
export function delegationTree(
  timeMs: number,
  subnetId: Principal,
  publicKeyDer: Uint8Array,
  range: readonly [Principal, Principal],
): HashTree {
  return branch([
    ['canister_ranges', rangesTree(subnetId, range)],
    [
      'subnet',
      branch([
        [
          subnetId.toUint8Array(),
          branch([
            ['canister_ranges', leaf(encodeRanges(range))],
            ['public_key', leaf(publicKeyDer)],
          ]),
        ],
      ]),
    ],
    ['time', timeLeaf(timeMs)],
  ]);
}

function timeLeaf(timeMs: number): HashTree {
  return leaf(encodeUnsignedLeb128(BigInt(timeMs) * NANOSECONDS_PER_MS));
}

function rangesTree(subnetId: Principal, range: readonly [Principal, Principal]): HashTree {
  return branch([[subnetId.toUint8Array(), branch([[range[0].toUint8Array(), leaf(encodeRanges(range))]])]]);
}

function encodeRanges([lowest, highest]: readonly [Principal, Principal]): Uint8Array {
  return Cbor.encode([[lowest.toUint8Array(), highest.toUint8Array()]]);
}

function canisterTree(hosted: HostedCanister): HashTree {
  const controllers = hosted.controllers.map((controller) => controller.toUint8Array());
  return branch([
    ['controllers', leaf(Cbor.encode(controllers))],
    [
      'metadata',
      branch(
        Array.from(hosted.canister.metadata, ([name, section]) => [name, leaf(section.content)] as const),
      ),
    ],
    ['module_hash', leaf(hosted.moduleHash)],
  ]);
}

function statusTree(record: IngressRecord): HashTree {
  const entries: [string, HashTree][] = [['status', leaf(record.status)]];
  const outcome = record.outcome;
  if (outcome?.kind === 'replied') entries.push(['reply', leaf(outcome.reply)]);
  if (outcome?.kind === 'rejected') {
    entries.push(['reject_code', leaf(encodeUnsignedLeb128(BigInt(outcome.rejectCode)))]);
    entries.push(['reject_message', leaf(outcome.rejectMessage)]);
    if (outcome.errorCode !== undefined) entries.push(['error_code', leaf(outcome.errorCode)]);
  }
  return branch(entries);
}
