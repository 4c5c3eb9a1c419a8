// Reads one icp.yaml and the files it refers to: canisters by their folders, networks and environments by their
// files. What it depends on is read by workspace.ts, as other manifests of this kind.

import { join, relative, resolve, sep } from 'node:path';
import { CANISTER_MANIFEST, isFile, isPattern, matchingFolders, patternProblem } from './canister-folders.js';
import { type DeclaredCanister, readCanister } from './canister-manifest.js';
import { type DeclaredDependency, readDependencies } from './dependency-manifest.js';
import { type DeclaredEnvironment, readEnvironment } from './environment-manifest.js';
import { given, type ManifestValue, parseManifest, readManifest } from './manifest-document.js';
import { readNetwork } from './network-manifest.js';
import type { Network } from './project-model.js';
import { PROJECT_MANIFEST } from './project-root.js';
import { quoted } from './shown-text.js';

const KEYS = ['canisters', 'networks', 'environments', 'dependencies'] as const;

/** What one icp.yaml declares. Names within each part differ. */
export interface ProjectManifest {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** The file, as shown. */
  readonly file: string;
  readonly canisters: ReadonlyMap<string, DeclaredCanister>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly environments: ReadonlyMap<string, DeclaredEnvironment>;
  readonly dependencies: readonly DeclaredDependency[];
  /** What is odd and no error, each with its place. */
  readonly warnings: readonly string[];
}

/** Where a manifest is. */
export interface ManifestPlace {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Absolute path of the folder that shown paths are relative to. */
  readonly shownFrom: string;
}

/**
 * Reads the icp.yaml in a folder.
 * @param text what it holds; read from the disk when absent
 * @throws SandpoolError MANIFEST_INVALID, MANIFEST_UNREADABLE
 */
export async function readProjectManifest(place: ManifestPlace, text?: string): Promise<ProjectManifest> {
  return new ProjectManifestReader(place).read(text);
}

class ProjectManifestReader {
  readonly #folder: string;
  readonly #shownFrom: string;
  readonly #warnings: string[] = [];

  constructor({ folder, shownFrom }: ManifestPlace) {
    this.#folder = folder;
    this.#shownFrom = shownFrom;
  }

  async read(text: string | undefined): Promise<ProjectManifest> {
    const file = this.#shown(join(this.#folder, PROJECT_MANIFEST));
    const manifest =
      text === undefined
        ? await readManifest(join(this.#folder, PROJECT_MANIFEST), file, this.#warnings)
        : parseManifest(text, file, this.#warnings);
    const parts = manifest.absent ? {} : manifest.record('the project', KEYS);
    const canisters = new Map<string, DeclaredCanister>();
    for (const item of itemsOf(parts.canisters)) {
      for (const { at, folder } of await this.#canistersAt(item))
        add(canisters, 'canister', readCanister(at, folder), at);
    }
    const names = [...canisters.keys()];
    const networks = new Map<string, Network>();
    for (const item of itemsOf(parts.networks)) {
      const at = await this.#manifestAt(item, 'network');
      add(networks, 'network', readNetwork(at), at);
    }
    const environments = new Map<string, DeclaredEnvironment>();
    for (const item of itemsOf(parts.environments)) {
      const at = await this.#manifestAt(item, 'environment');
      add(environments, 'environment', readEnvironment(at, names), at);
    }
    const dependencies = readDependencies(given(parts.dependencies), names);
    const warnings = this.#warnings;
    return { folder: this.#folder, file, canisters, networks, environments, dependencies, warnings };
  }

  async #canistersAt(item: ManifestValue): Promise<{ at: ManifestValue; folder: string }[]> {
    if (item.isMap) return [{ at: item, folder: this.#folder }];
    const path = item.filledText();
    const folders = isPattern(path)
      ? await this.#matching(item, path)
      : [await this.#canisterFolder(item, path)];
    return Promise.all(
      folders.map(async (folder) => {
        const file = join(folder, CANISTER_MANIFEST);
        return { at: await readManifest(file, this.#shown(file), this.#warnings), folder };
      }),
    );
  }

  async #matching(item: ManifestValue, pattern: string): Promise<string[]> {
    const problem = patternProblem(pattern);
    if (problem !== undefined) throw item.problem(`the pattern ${quoted(pattern)} ${problem}`);
    const folders = await matchingFolders(pattern.startsWith('/') ? '/' : this.#folder, pattern);
    if (folders === undefined)
      throw item.problem(`the pattern ${quoted(pattern)} leads through too many folders`);
    return folders;
  }

  async #canisterFolder(item: ManifestValue, path: string): Promise<string> {
    const folder = resolve(this.#folder, path);
    if (await isFile(join(folder, CANISTER_MANIFEST))) return folder;
    throw item.problem(
      `there is no canister at ${quoted(path)}: a canister's folder holds a file ${quoted(CANISTER_MANIFEST)}`,
    );
  }

  async #manifestAt(item: ManifestValue, kind: 'network' | 'environment'): Promise<ManifestValue> {
    if (item.isMap) return item;
    const path = item.filledText();
    const file = resolve(this.#folder, path);
    if (await isFile(file)) return readManifest(file, this.#shown(file), this.#warnings);
    throw item.problem(`there is no ${kind} manifest, a YAML file, at ${quoted(path)}`);
  }

  #shown(path: string): string {
    const shown = relative(this.#shownFrom, path);
    return sep === '/' ? shown : shown.split(sep).join('/');
  }
}

function itemsOf(list: ManifestValue | undefined): ManifestValue[] {
  return given(list)?.list() ?? [];
}

function add<Item extends { readonly name: string }>(
  items: Map<string, Item>,
  kind: string,
  item: Item,
  at: ManifestValue,
): void {
  if (items.has(item.name)) {
    throw at.problem(`the project has two ${kind}s named ${quoted(item.name)}: names must differ`);
  }
  items.set(item.name, item);
}
