import { type HashTree, LookupPathStatus, lookup_path, reconstruct } from '@icp-sdk/core/agent';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branch, type EncodableTree, leaf, witness } from '#src/main/localnet/hash-tree.js';

const label = fc.uint8Array({ minLength: 0, maxLength: 3 });
const trees = fc.uniqueArray(
  fc.record({
    label,
    children: fc.uniqueArray(fc.record({ label, value: fc.uint8Array({ maxLength: 4 }) }), {
      selector: keyOf,
      minLength: 1,
      maxLength: 6,
    }),
  }),
  { selector: keyOf, minLength: 1, maxLength: 8 },
);

function keyOf(entry: { readonly label: Uint8Array }): string {
  return Buffer.from(entry.label).toString('hex');
}

/** The client's type for the same thing; its tuples are mutable. */
function asClientTree(tree: EncodableTree): HashTree {
  return tree as unknown as HashTree;
}

/**
 * What `tree` says about `path`, by the specification: its value, `absent` when nothing can lie there, else
 * `unknown`. Written out because the client compares labels byte by byte instead of as a whole.
 */
function lookUp(tree: EncodableTree, path: readonly Uint8Array[]): Uint8Array | 'absent' | 'unknown' {
  const [wanted, ...rest] = path;
  if (wanted === undefined) return tree[0] === 3 ? tree[1] : 'unknown';
  let beforeIsPruned = false;
  for (const entry of flatten(tree)) {
    if (entry === 'pruned') {
      beforeIsPruned = true;
      continue;
    }
    const order = Buffer.compare(entry.label, wanted);
    if (order === 0) return lookUp(entry.tree, rest);
    if (order > 0) return beforeIsPruned ? 'unknown' : 'absent';
    beforeIsPruned = false;
  }
  return beforeIsPruned ? 'unknown' : 'absent';
}

function flatten(tree: EncodableTree): ('pruned' | { label: Uint8Array; tree: EncodableTree })[] {
  switch (tree[0]) {
    case 1:
      return [...flatten(tree[1]), ...flatten(tree[2])];
    case 2:
      return [{ label: tree[1], tree: tree[2] }];
    case 4:
      return ['pruned'];
    default:
      return [];
  }
}

test('a witness shows what is there, proves absent what is not, and keeps the root hash', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.array(fc.tuple(label, label), { maxLength: 5 }), async (entries, asked) => {
      const tree = branch(
        entries.map((entry) => [
          entry.label,
          branch(entry.children.map((child) => [child.label, leaf(child.value)])),
        ]),
      );
      const present = entries.flatMap((entry) =>
        entry.children.map((child) => [entry.label, child.label] as const),
      );
      const paths = [...asked, ...present.slice(0, 2)];
      const shown = witness(tree, paths);
      expect(Buffer.from(await reconstruct(asClientTree(shown))).equals(tree.hash)).toBe(true);
      for (const path of paths) {
        const child = entries
          .find((entry) => Buffer.compare(entry.label, path[0]) === 0)
          ?.children.find((candidate) => Buffer.compare(candidate.label, path[1]) === 0);
        expect(lookUp(shown, path)).toEqual(child === undefined ? 'absent' : child.value);
      }
    }),
  );
});

test('a witness prunes what was not asked for', () => {
  const tree = branch(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, leaf(`secret ${name}`)]));
  const text = JSON.stringify(witness(tree, [[Buffer.from('c')]]), (_key, value: unknown) =>
    value instanceof Uint8Array || (value as { type?: string } | null)?.type === 'Buffer'
      ? Buffer.from((value as { data?: Uint8Array }).data ?? (value as Uint8Array)).toString('latin1')
      : value,
  );
  expect(text).toContain('secret c');
  expect(text.match(/secret/g)).toHaveLength(1);
});

test('in a witness of nothing only the hash is left', () => {
  const tree = branch([['a', leaf('x')]]);
  expect(witness(tree, [])).toEqual([4, tree.hash]);
});

test('an empty tree proves everything absent', () => {
  const shown = witness(branch([]), [[Buffer.from('a')]]);
  expect(lookUp(shown, [Buffer.from('a')])).toBe('absent');
  expect(lookup_path(['a'], asClientTree(shown)).status).toBe(LookupPathStatus.Absent);
});
