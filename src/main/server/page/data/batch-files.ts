// What a form says of the files that runs are given, made into what the API takes. What may be said depends on the line
// of the interface that the plugin speaks: 0.1 has lists of directories and of files, 0.2 names for both.

import type { BatchRequest } from '../../api/runs.js';
import { linesOf, pairsOf } from './form-lines.js';

/** As it stands in the form. */
export interface FilesForm {
  /** Sha256 of a bundle; empty: none. */
  readonly bundle: string;
  readonly folder: string;
  /** One a line. For 0.1 alone. */
  readonly dirs: string;
  /** One a line; `name=path` for 0.2. */
  readonly files: string;
}

type Defaults = NonNullable<BatchRequest['defaults']>;

/** Whether a plugin takes what 0.1 takes, and not what later ones do. */
export function isFirstInterface(interfaceVersion: string | undefined): boolean {
  return interfaceVersion?.startsWith('0.1.') === true;
}

/** @param mistakes to which is added what is wrong */
export function filesOf(
  { bundle, folder, dirs, files }: FilesForm,
  interfaceVersion: string | undefined,
  mistakes: Partial<Record<keyof FilesForm, string>>,
): Pick<Defaults, 'bundle' | 'folder' | 'dirs' | 'files'> {
  if (bundle === '') {
    const named = linesOf(`${folder}\n${dirs}\n${files}`);
    if (named.length > 0) mistakes.bundle = 'Choose the bundle that the files are in, or upload one';
    return {};
  }
  const own = folder.trim();
  const common = { bundle, ...(own === '' ? {} : { folder: own }) };
  const list = (text: string): string[] => linesOf(text).map((line) => line.text);
  if (isFirstInterface(interfaceVersion)) {
    const [directories, inline] = [list(dirs), list(files)];
    return {
      ...common,
      ...(directories.length === 0 ? {} : { dirs: directories }),
      ...(inline.length === 0 ? {} : { files: inline }),
    };
  }
  const { value = {}, mistake } = pairsOf(files, 'name=path');
  if (mistake !== undefined) mistakes.files = mistake;
  return { ...common, ...(Object.keys(value).length === 0 ? {} : { files: value }) };
}
