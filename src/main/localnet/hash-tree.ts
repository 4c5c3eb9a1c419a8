// Hash trees as certificates hold them: building them from labels and leaves, their hashes, and witnesses,
// which show some paths (or prove them absent) and prune everything else.
import { sha256, withDomain } from './hashing.js';

/** A path through a hash tree: one label a step. */
export type TreePath = readonly Uint8Array[];

/** A node of a hash tree with its hash worked out. */
export type HashTree = EmptyTree | LeafTree | BranchTree;

interface EmptyTree {
  readonly kind: 'empty';
  readonly hash: Uint8Array;
}

interface LeafTree {
  readonly kind: 'leaf';
  readonly hash: Uint8Array;
  readonly value: Uint8Array;
}

/** Labels in ascending order with a subtree each, and the balanced forks above them. */
interface BranchTree {
  readonly kind: 'branch';
  readonly hash: Uint8Array;
  readonly labels: readonly Uint8Array[];
  readonly children: readonly HashTree[];
  readonly forks: Fork;
}

/** The hash of a range of labels; `left` and `right` halve a range of two or more. */
interface Fork {
  readonly hash: Uint8Array;
  readonly left?: Fork;
  readonly right?: Fork;
}

/** A hash tree in the form in which it is encoded as CBOR: `[0]`, fork `[1,l,r]`, labeled `[2,label,t]`, leaf `[3,bytes]`, pruned `[4,hash]`. */
export type EncodableTree =
  | readonly [0]
  | readonly [1, EncodableTree, EncodableTree]
  | readonly [2, Uint8Array, EncodableTree]
  | readonly [3, Uint8Array]
  | readonly [4, Uint8Array];

const EMPTY: EmptyTree = { kind: 'empty', hash: sha256(withDomain('ic-hashtree-empty', Buffer.alloc(0))) };
const LEAF_DOMAIN = withDomain('ic-hashtree-leaf', Buffer.alloc(0));
const LABELED_DOMAIN = withDomain('ic-hashtree-labeled', Buffer.alloc(0));
const FORK_DOMAIN = withDomain('ic-hashtree-fork', Buffer.alloc(0));

/** A leaf that holds `value`. */
export function leaf(value: Uint8Array | string): HashTree {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return { kind: 'leaf', value: bytes, hash: sha256(Buffer.concat([LEAF_DOMAIN, bytes])) };
}

/** A tree with one subtree under each label. Labels may come in any order but not twice. */
export function branch(entries: Iterable<readonly [Uint8Array | string, HashTree]>): HashTree {
  const sorted = Array.from(
    entries,
    ([label, tree]) => [typeof label === 'string' ? Buffer.from(label) : label, tree] as const,
  ).sort((first, second) => Buffer.compare(first[0], second[0]));
  if (sorted.length === 0) return EMPTY;
  const labels = sorted.map(([label]) => label);
  const children = sorted.map(([, tree]) => tree);
  const forks = forksOver(sorted, 0, sorted.length);
  return { kind: 'branch', hash: forks.hash, labels, children, forks };
}

function forksOver(entries: readonly (readonly [Uint8Array, HashTree])[], start: number, end: number): Fork {
  const only = entries[start];
  if (end - start === 1 && only !== undefined) {
    return { hash: sha256(Buffer.concat([LABELED_DOMAIN, only[0], only[1].hash])) };
  }
  const middle = (start + end) >>> 1;
  const left = forksOver(entries, start, middle);
  const right = forksOver(entries, middle, end);
  return { left, right, hash: sha256(Buffer.concat([FORK_DOMAIN, left.hash, right.hash])) };
}

/**
 * The part of `tree` that shows every one of `paths`: what is there with everything below it, and for what
 * is not there the two neighbouring labels, which prove that nothing lies between them. All else is pruned,
 * so that the hash of the result is the hash of `tree`.
 */
export function witness(tree: HashTree, paths: readonly TreePath[]): EncodableTree {
  if (paths.length === 0 && tree.kind !== 'empty') return [4, tree.hash];
  switch (tree.kind) {
    case 'empty':
      return [0];
    case 'leaf':
      return [3, tree.value];
    case 'branch':
      return witnessOfRange(tree, tree.forks, 0, tree.labels.length, shownLabels(tree, paths));
  }
}

interface ShownLabel {
  readonly index: number;
  readonly paths: readonly TreePath[];
}

function witnessOfRange(
  tree: BranchTree,
  fork: Fork,
  start: number,
  end: number,
  shown: readonly ShownLabel[],
): EncodableTree {
  if (shown.length === 0) return [4, fork.hash];
  const label = tree.labels[start];
  const child = tree.children[start];
  if (fork.left === undefined || fork.right === undefined) {
    return label === undefined || child === undefined
      ? [0]
      : [2, label, witness(child, shown[0]?.paths ?? [])];
  }
  const middle = (start + end) >>> 1;
  const split = shown.findIndex((entry) => entry.index >= middle);
  const count = split === -1 ? shown.length : split;
  return [
    1,
    witnessOfRange(tree, fork.left, start, middle, shown.slice(0, count)),
    witnessOfRange(tree, fork.right, middle, end, shown.slice(count)),
  ];
}

/** Which labels of `tree` a witness of `paths` shows, in order, each with what is wanted below it. */
function shownLabels(tree: BranchTree, paths: readonly TreePath[]): ShownLabel[] {
  const byIndex = new Map<number, TreePath[]>();
  const show = (index: number): TreePath[] => {
    const known = byIndex.get(index) ?? [];
    byIndex.set(index, known);
    return known;
  };
  for (const path of paths) {
    const [label, ...rest] = path;
    if (label === undefined) {
      for (let index = 0; index < tree.labels.length; index += 1) show(index).push([]);
      continue;
    }
    const index = lowerBound(tree.labels, label);
    const found = tree.labels[index];
    if (found !== undefined && Buffer.compare(found, label) === 0) {
      show(index).push(rest);
      continue;
    }
    if (index > 0) show(index - 1);
    if (index < tree.labels.length) show(index);
  }
  return [...byIndex]
    .map(([index, wanted]) => ({ index, paths: wanted }))
    .sort((first, second) => first.index - second.index);
}

function lowerBound(labels: readonly Uint8Array[], wanted: Uint8Array): number {
  let low = 0;
  let high = labels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const label = labels[middle];
    if (label !== undefined && Buffer.compare(label, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
