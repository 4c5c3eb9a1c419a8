// Turns what a step declares into what its run is granted. Which form of declaration is right, and how far a path
// may reach, depends on the interface version of the plugin. Paths are checked here as text; that nothing on the
// way is a link is checked where they are opened (directory-walk.ts), for only there can it hold.

import { lstat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { readGrantedFile } from '../../bridge/directory-walk.js';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { DirectoryGrant, FileInput } from '../../bridge/run-input.js';
import type { PreparedPlugin } from '../component/prepared-plugin.js';
import { invalid } from '../project/manifest-document.js';
import type { DeclaredPath, PluginStep } from '../project/project-model.js';
import { printable } from '../project/shown-text.js';

/** The largest file that is handed to a plugin inline. */
export const MAXIMUM_FILE_BYTES = 64 * 1024 * 1024;

/** What a run may read. */
export interface StepGrants {
  readonly directories: readonly DirectoryGrant[];
  /** To be read when the step begins. */
  readonly files: readonly FileGrant[];
}

/** What decides which form of declaration is right, and how it is named when the form is wrong. */
export type PluginForm = Pick<PreparedPlugin, 'name' | 'interfaceVersion'>;

/** A file that is handed to the plugin inline. */
export interface FileGrant {
  /** The name it was declared under (0.2); empty for 0.1. */
  readonly key: string;
  /** The path as declared. */
  readonly name: string;
  /** As in {@link DirectoryGrant}. */
  readonly root: string;
  readonly path: string;
}

/** The folders that paths are relative to and confined in: absolute paths. */
export interface GrantFolders {
  readonly project: string;
  readonly canister: string;
}

/**
 * The grants of a step, for a plugin of the interface version that `plugin` speaks.
 * @throws SandpoolError MANIFEST_INVALID when the declaration has the other version's form; PATH_NOT_CONFINED,
 * PATH_THROUGH_LINK, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function grantsOf(
  step: PluginStep,
  plugin: PluginForm,
  folders: GrantFolders,
): Promise<StepGrants> {
  return plugin.interfaceVersion === '0.1'
    ? listedGrants(step, plugin, folders)
    : namedGrants(step, plugin, folders);
}

/** What to say of parts of a declaration that a plugin's interface version has no use for, if there are any. */
export function unusedPartsOf({ fields, canisters }: PluginStep, plugin: PluginForm): string | undefined {
  if (plugin.interfaceVersion !== '0.1' || fields.length + canisters.length === 0) return undefined;
  const key = fields.length > 0 ? 'fields' : 'canisters';
  return `\`${key}\` is not for ${plugin.name}, which speaks icp:sync-plugin 0.1`;
}

/**
 * Reads the files of a step.
 * @throws SandpoolError FILE_NOT_FOUND, FILE_UNREADABLE, PATH_THROUGH_LINK
 */
export function readFiles(files: readonly FileGrant[]): FileInput[] {
  return files.map(({ key, name, root, path }) => {
    const bytes = readGrantedFile(root, path, MAXIMUM_FILE_BYTES);
    try {
      return { key, name, content: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
    } catch (error) {
      throw new SandpoolError(
        'FILE_UNREADABLE',
        { path: printable(name), reason: 'it is not UTF-8 text' },
        { cause: error },
      );
    }
  });
}

// The refusals of a form that belongs to the other version are worded as icp-cli words them.

function listedGrants(step: PluginStep, plugin: PluginForm, folders: GrantFolders): StepGrants {
  for (const declared of [step.directories, step.files]) {
    const named = declared?.form === 'map' ? declared.paths[0] : undefined;
    if (named === undefined) continue;
    throw invalid(
      named.position,
      `the plugin at ${printable(plugin.name)} implements icp:sync-plugin@0.1, whose entries carry no name, but ` +
        `'${printable(named.path)}' was declared under the name '${printable(named.key)}'. Write \`dirs:\`/\`files:\` ` +
        'as a plain list of paths, or rebuild the plugin against icp:sync-plugin@0.2.',
    );
  }
  const inside = ({ path, position }: DeclaredPath) => {
    if (segments(path).includes('..')) throw notConfined({ path, position });
    return { root: folders.canister, path: confined({ path, position }, folders.canister, folders.canister) };
  };
  return {
    directories: (step.directories?.paths ?? []).map((declared) => ({
      key: '',
      guestPath: declared.path,
      ...inside(declared),
    })),
    files: (step.files?.paths ?? []).map((declared) => ({
      key: '',
      name: declared.path,
      ...inside(declared),
    })),
  };
}

async function namedGrants(step: PluginStep, plugin: PluginForm, folders: GrantFolders): Promise<StepGrants> {
  const [directory] = step.directories?.paths ?? [];
  if (directory !== undefined) {
    throw invalid(
      directory.position,
      `the plugin at ${printable(plugin.name)} implements icp:sync-plugin@0.2, which has no separate \`dirs:\` ` +
        `setting. List the directory '${printable(directory.path)}' under \`files:\` instead — the host tells a ` +
        'directory from a file by what is on disk.',
    );
  }
  if (step.files === undefined) return { directories: [], files: [] };
  if (step.files.form === 'list') {
    const [unnamed] = step.files.paths;
    if (unnamed === undefined) return { directories: [], files: [] };
    throw invalid(
      unnamed.position,
      `the plugin at ${printable(plugin.name)} implements icp:sync-plugin@0.2, which names every entry, but ` +
        `'${printable(unnamed.path)}' was declared in a plain list. Write \`files:\` as a map of name → path, or ` +
        'rebuild the plugin against icp:sync-plugin@0.1.',
    );
  }
  const directories: DirectoryGrant[] = [];
  const files: FileGrant[] = [];
  for (const declared of step.files.paths) {
    const { key } = declared;
    const place = placeOf(declared, folders);
    const kind = await kindOf(join(place.root, place.path), declared);
    if (kind === 'directory') directories.push({ key, guestPath: declared.path, ...place });
    else files.push({ key, name: declared.path, ...place });
  }
  return { directories, files };
}

/** From the canister's folder when it stays in there, so that the folder itself may be reached by a link. */
function placeOf(
  declared: DeclaredPath,
  { project, canister }: GrantFolders,
): { root: string; path: string } {
  const within = relative(canister, join(canister, declared.path));
  const root = within === '..' || within.startsWith(`..${sep}`) ? project : canister;
  return { root, path: confined(declared, canister, root) };
}

function confined(declared: DeclaredPath, base: string, root: string): string {
  const { path } = declared;
  if (isAbsolute(path) || /^[A-Za-z]:/.test(path) || path.startsWith('\\')) throw notConfined(declared);
  const within = relative(root, join(base, path));
  if (within === '..' || within.startsWith(`..${sep}`) || isAbsolute(within)) throw notConfined(declared);
  return within === '' ? '.' : within.split(sep).join('/');
}

function segments(path: string): string[] {
  return path.split(sep === '\\' ? /[\\/]/ : '/');
}

function notConfined({ path, position }: DeclaredPath): SandpoolError {
  return new SandpoolError('PATH_NOT_CONFINED', { path: printable(path), ...position });
}

async function kindOf(path: string, declared: DeclaredPath): Promise<'directory' | 'file'> {
  const shown = printable(declared.path);
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) throw new SandpoolError('PATH_THROUGH_LINK', { path: shown, link: shown });
    return found.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (error instanceof SandpoolError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SandpoolError('FILE_NOT_FOUND', { path: shown, ...declared.position }, { cause: error });
    }
    throw new SandpoolError(
      'FILE_UNREADABLE',
      { path: shown, reason: code ?? describe(error) },
      { cause: error },
    );
  }
}
