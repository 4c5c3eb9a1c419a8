// Reads one entry of `dependencies:`, another project that is part of this one.

import { given, type ManifestValue } from './manifest-document.js';
import { aliasName } from './names.js';
import { listed, quoted, suggestion } from './shown-text.js';

const KEYS = ['name', 'path', 'canisters'] as const;

/** A dependency as a manifest has it. */
export interface DeclaredDependency {
  /** What this project calls it. */
  readonly alias: string;
  /** The folder of its icp.yaml, relative to the folder of this one. */
  readonly path: ManifestValue;
  /** Which of its canisters this project's own are told of when they are deployed; absent for all. */
  readonly canisters?: readonly ManifestValue[];
}

/**
 * Reads the dependencies of a project.
 * @param canisters the names of the canisters that the same project declares
 * @throws SandpoolError MANIFEST_INVALID
 */
export function readDependencies(
  dependencies: ManifestValue | undefined,
  canisters: readonly string[],
): DeclaredDependency[] {
  const read: DeclaredDependency[] = [];
  for (const item of dependencies?.list() ?? []) {
    const { name, path, canisters: shown } = item.record('a dependency', KEYS);
    if (name === undefined) throw item.problem('a dependency must have a `name`');
    const alias = aliasName(name);
    if (path === undefined) throw item.problem(`dependency ${quoted(alias)} must have a \`path\``);
    path.filledText();
    if (read.some((other) => other.alias === alias)) {
      throw name.problem(`the project has two dependencies named ${quoted(alias)}: names must differ`);
    }
    if (canisters.includes(alias)) {
      throw name.problem(`dependency ${quoted(alias)} has the name of a canister of the same project`);
    }
    const selected = given(shown)?.list();
    read.push({ alias, path, ...(selected === undefined ? {} : { canisters: selected }) });
  }
  return read;
}

/**
 * Checks that the canisters that a dependency is to show are among those that it declares.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function checkShown(
  { alias, canisters: shown = [] }: DeclaredDependency,
  declared: readonly string[],
): void {
  for (const item of shown) {
    const name = item.text();
    if (declared.includes(name)) continue;
    throw item.problem(
      `dependency ${quoted(alias)} declares no canister ${quoted(name)}${suggestion(name, declared)}; ` +
        `it has ${listed(declared)}`,
    );
  }
}
