// Looking things up in the hash tree of a certificate that has been verified. The difference that matters is
// between what the tree proves absent and what it merely does not show.
// https://internetcomputer.org/docs/references/ic-interface-spec#lookup
import { type HashTree, NodeType } from '@icp-sdk/core/agent';

/** A label on the way through a tree; text stands for its UTF-8 bytes. */
export type Label = Uint8Array | string;

/** What a certificate says of a path. */
export type Lookup<Found> =
  | { readonly status: 'found'; readonly value: Found }
  | { readonly status: 'absent' }
  | { readonly status: 'unknown' };

const ABSENT = { status: 'absent' } as const;
const UNKNOWN = { status: 'unknown' } as const;

/** The subtree at `path`. */
export function lookupTree(tree: HashTree, path: readonly Label[]): Lookup<HashTree> {
  let current = tree;
  for (const label of path) {
    const child = lookupLabel(current, toBytes(label));
    if (child.status !== 'found') return child;
    current = child.value;
  }
  return { status: 'found', value: current };
}

/** The leaf's value at `path`. A subtree in its place is `absent`: there is no value of that name. */
export function lookupValue(tree: HashTree, path: readonly Label[]): Lookup<Uint8Array> {
  const node = lookupTree(tree, path);
  if (node.status !== 'found') return node;
  if (node.value[0] === NodeType.Leaf) return { status: 'found', value: node.value[1] };
  return node.value[0] === NodeType.Pruned ? UNKNOWN : ABSENT;
}

/** The labels that `tree` shows at its top, each with what is below it. */
export function* shownEntries(tree: HashTree): Generator<readonly [Uint8Array, HashTree]> {
  if (tree[0] === NodeType.Fork) {
    yield* shownEntries(tree[1]);
    yield* shownEntries(tree[2]);
  } else if (tree[0] === NodeType.Labeled) {
    yield [tree[1], tree[2]];
  }
}

// The labels of a tree stand in ascending order, so `label` is proven absent when the two labels it would
// stand between are both shown with nothing pruned between them, or when it lies beyond a shown end.
function lookupLabel(tree: HashTree, label: Uint8Array): Lookup<HashTree> {
  let prunedSinceSmaller = false;
  for (const node of flatten(tree)) {
    if (node[0] === NodeType.Pruned) {
      prunedSinceSmaller = true;
    } else if (node[0] === NodeType.Labeled) {
      const order = Buffer.compare(node[1], label);
      if (order === 0) return { status: 'found', value: node[2] };
      if (order > 0) return prunedSinceSmaller ? UNKNOWN : ABSENT;
      prunedSinceSmaller = false;
    }
  }
  return prunedSinceSmaller ? UNKNOWN : ABSENT;
}

function* flatten(tree: HashTree): Generator<HashTree> {
  if (tree[0] === NodeType.Fork) {
    yield* flatten(tree[1]);
    yield* flatten(tree[2]);
  } else {
    yield tree;
  }
}

function toBytes(label: Label): Uint8Array {
  return typeof label === 'string' ? Buffer.from(label) : label;
}
