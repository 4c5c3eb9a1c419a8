import type { HashTree } from '@icp-sdk/core/agent';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookupTree, lookupValue, shownEntries } from '#src/main/canister/hash-tree.js';
import { branch, leaf, witness } from '#src/main/localnet/hash-tree.js';

// Few letters and short labels, so that many begin with one another.
const label = fc.stringMatching(/^[ab]{1,4}$/);

/** The part of a tree with these labels that shows `shown`, as a certificate would hold it. */
function certified(labels: readonly string[], shown: readonly string[]): HashTree {
  const tree = branch(labels.map((name) => [name, leaf(`value of ${name}`)] as const));
  const paths = shown.map((name) => [Buffer.from(name)]);
  return witness(tree, paths) as unknown as HashTree;
}

describe('lookups in a hash tree', () => {
  it('find what is shown and prove absent what was asked for and is not there', () => {
    fc.assert(
      fc.property(fc.uniqueArray(label), fc.array(label, { minLength: 1 }), (labels, asked) => {
        const tree = certified(labels, asked);
        for (const name of asked) {
          const value = Buffer.from(`value of ${name}`);
          expect(lookupValue(tree, [name])).toEqual(
            labels.includes(name) ? { status: 'found', value } : { status: 'absent' },
          );
        }
      }),
    );
  });

  it('never claim that something is absent which is only not shown', () => {
    fc.assert(
      fc.property(fc.uniqueArray(label, { minLength: 1 }), fc.array(label), (labels, shown) => {
        const tree = certified(labels, shown);
        for (const name of labels) expect(lookupTree(tree, [name]).status).not.toBe('absent');
      }),
    );
  });

  it('tell a label from the longer one that it begins', () => {
    const tree = certified(['git', 'git_commit'], ['git_commit']);
    expect(lookupValue(tree, ['git_commit'])).toMatchObject({ status: 'found' });
    expect(lookupValue(certified(['git_commit'], ['git']), ['git'])).toEqual({ status: 'absent' });
  });

  it('go through subtrees, and find no value where a subtree is', () => {
    const whole = branch([['canister', branch([['x', branch([['controllers', leaf('c')]])]])]]);
    const tree = witness(whole, [[Buffer.from('canister')]]) as unknown as HashTree;
    expect(lookupValue(tree, ['canister', 'x', 'controllers'])).toMatchObject({ status: 'found' });
    expect(lookupValue(tree, ['canister', 'x', 'metadata', 'name'])).toEqual({ status: 'absent' });
    expect(lookupValue(tree, ['canister', 'x'])).toEqual({ status: 'absent' });
    expect(lookupTree(tree, ['canister', 'x']).status).toBe('found');
  });

  it('know nothing of what is pruned', () => {
    const pruned = witness(branch([['a', leaf('1')]]), []) as unknown as HashTree;
    expect(lookupValue(pruned, ['a'])).toEqual({ status: 'unknown' });
    expect(lookupValue(pruned, [])).toEqual({ status: 'unknown' });
  });

  it('list the labels that are shown', () => {
    const tree = certified(['a', 'b', 'c', 'd'], ['b', 'c']);
    expect(Array.from(shownEntries(tree), ([name]) => Buffer.from(name).toString())).toEqual(['b', 'c']);
  });
});
