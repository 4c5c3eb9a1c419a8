// The tree that the entries of one archive make: no two of them may be one file, on any file system.

import { type RefusalRule, refused } from './bundle-refusal.js';
import type { EntryKind } from './entry-name.js';

interface TreeNode {
  readonly name: string;
  readonly kind: EntryKind;
  /** Whether the archive has an entry for it, or only something below it. */
  declared: boolean;
  /** By {@link sameFileKey}. Undefined until there is one: most nodes are files. */
  children: Map<string, TreeNode> | undefined;
}

/** What an entry adds to the tree. */
export interface Added {
  /** The directories to make, from the top down: paths relative to the bundle, with slashes. */
  readonly newDirectories: readonly string[];
  /** Where the entry is; empty for the top. */
  readonly path: string;
}

/**
 * The same for names that some file system takes for one: those that differ in case, in the composition of their
 * characters, or in characters that do not show (HFS+ ignores those).
 */
export function sameFileKey(name: string): string {
  return name
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFD')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFD');
}

/** The entries seen so far. */
export class BundleTree {
  readonly #top: TreeNode = { name: '', kind: 'directory', declared: false, children: undefined };
  readonly #onNode: () => void;

  /** @param onNode is called before each file or directory that is added, and may refuse it by throwing */
  constructor(onNode: () => void) {
    this.#onNode = onNode;
  }

  /**
   * Puts an entry into the tree.
   *
   * @param names that lead to it, from the top
   * @param raw its name as the archive has it, for messages
   * @throws SandpoolError `BUNDLE_REFUSED`
   */
  add(names: readonly string[], kind: EntryKind, raw: Uint8Array): Added {
    const newDirectories: string[] = [];
    let node = this.#top;
    for (const [index, name] of names.entries()) {
      const last = index === names.length - 1;
      const key = sameFileKey(name);
      const known = node.children?.get(key);
      if (known === undefined) {
        this.#onNode();
        const child: TreeNode = {
          name,
          kind: last ? kind : 'directory',
          declared: false,
          children: undefined,
        };
        node.children ??= new Map();
        node.children.set(key, child);
        if (child.kind === 'directory') newDirectories.push(names.slice(0, index + 1).join('/'));
        node = child;
      } else {
        const rule = clash(known, name, last ? kind : 'directory');
        if (rule !== undefined) throw refused(rule, raw);
        node = known;
      }
    }
    if (node.declared) throw refused('duplicate-entry', raw);
    node.declared = true;
    return { newDirectories, path: names.join('/') };
  }
}

function clash(known: TreeNode, name: string, kind: EntryKind): RefusalRule | undefined {
  if (known.name !== name) return 'name-collision';
  return known.kind === kind ? undefined : 'file-as-directory';
}
