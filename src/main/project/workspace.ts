// A project together with those it depends on, and those they depend on: each read once, however many ways lead to
// it, with its canisters under names of their own.

import { realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { isFile } from './canister-folders.js';
import { checkShown, type DeclaredDependency } from './dependency-manifest.js';
import { type ProjectManifest, readProjectManifest } from './project-manifest.js';
import type { Canister } from './project-model.js';
import { PROJECT_MANIFEST } from './project-root.js';
import { quoted } from './shown-text.js';

/** One project of a workspace. */
export interface Member {
  readonly manifest: ProjectManifest;
  /** Its own canisters, by the names that the workspace has for them. */
  readonly canisters: readonly Canister[];
}

/**
 * Reads the project in `root` and all that it depends on.
 * @param text what its icp.yaml holds; read from the disk when absent
 * @returns it, and then the others in the order in which they are met, depth first
 * @throws SandpoolError MANIFEST_INVALID, MANIFEST_UNREADABLE
 */
export async function readWorkspace(root: string, text?: string): Promise<readonly [Member, ...Member[]]> {
  const manifest = await readProjectManifest({ folder: root, shownFrom: root }, text);
  const reader = new WorkspaceReader(root, await realpath(root).catch(() => root));
  const names = new Map([...manifest.canisters.keys()].map((name) => [name, name]));
  const first = await reader.withDependencies(manifest, names);
  return [first, ...reader.members];
}

class WorkspaceReader {
  /** In the order in which they are met. */
  readonly members: Member[] = [];
  readonly #root: string;
  readonly #realRoot: string;
  /** The names of the canisters that projects declare, by their folders, free of links. */
  readonly #known = new Map<string, readonly string[]>();
  /** The folders on the way from the root to the project that is being read. */
  readonly #way: string[];

  constructor(root: string, realRoot: string) {
    this.#root = root;
    this.#realRoot = realRoot;
    this.#way = [realRoot];
  }

  /** Reads what a project depends on, and gives its canisters the names that the workspace has for them. */
  async withDependencies(manifest: ProjectManifest, names: ReadonlyMap<string, string>): Promise<Member> {
    for (const declared of manifest.dependencies) {
      checkShown(declared, await this.#dependency(manifest, declared));
    }
    const canisters = [...manifest.canisters.values()].map((canister) => ({
      ...canister,
      name: names.get(canister.name) ?? canister.name,
      siblings: names,
    }));
    return { manifest, canisters };
  }

  /** Reads a project that another depends on, unless that has been done. @returns the names of its canisters */
  async #dependency(
    parent: ProjectManifest,
    { alias, path }: DeclaredDependency,
  ): Promise<readonly string[]> {
    const folder = resolve(parent.folder, path.filledText());
    if (!(await isFile(join(folder, PROJECT_MANIFEST)))) {
      throw path.problem(
        `there is no project at ${quoted(path.text())}, which dependency ${quoted(alias)} names: ` +
          `a project's folder holds a file ${quoted(PROJECT_MANIFEST)}`,
      );
    }
    const real = await realpath(folder);
    const since = this.#way.indexOf(real);
    if (since >= 0) {
      const circle = [...this.#way.slice(since), real].map((place) => quoted(this.#shown(place)));
      throw path.problem(`projects depend on each other in a circle: ${circle.join(' → ')}`);
    }
    const known = this.#known.get(real);
    if (known !== undefined) return known;

    const manifest = await readProjectManifest({ folder, shownFrom: this.#root });
    const prefix = this.#shown(real);
    const own = [...manifest.canisters.keys()];
    this.#known.set(real, own);
    // Its place in the order is before those that it depends on itself.
    const place = this.members.push({ manifest, canisters: [] }) - 1;
    this.#way.push(real);
    const names = new Map(own.map((name) => [name, `${prefix}:${name}`]));
    this.members[place] = await this.withDependencies(manifest, names);
    this.#way.pop();
    return own;
  }

  #shown(realFolder: string): string {
    const shown = relative(this.#realRoot, realFolder) || '.';
    return sep === '/' ? shown : shown.split(sep).join('/');
  }
}
