// The rules for names in a manifest.

import type { SandpoolError } from '../../bridge/errors.js';
import type { ManifestValue } from './manifest-document.js';
import { quoted } from './shown-text.js';

/**
 * The name of a canister: letters, digits, `_` and `-`.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function canisterName(value: ManifestValue): string {
  return plainName(value, 'canister');
}

/**
 * What a project calls one that it depends on: as the name of a canister.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function aliasName(value: ManifestValue): string {
  return plainName(value, 'dependency');
}

/**
 * A canister that a step refers to: by its name, or one of a dependency, as `folder:name`.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function canisterReference(value: ManifestValue): string {
  const text = value.filledText();
  const name = text.slice(text.lastIndexOf(':') + 1);
  if (PLAIN_NAME.test(name)) return text;
  throw notPlain(value, 'canister', name);
}

const PLAIN_NAME = /^[A-Za-z0-9_-]+$/;

function plainName(value: ManifestValue, kind: string): string {
  const name = value.text();
  if (PLAIN_NAME.test(name)) return name;
  throw notPlain(value, kind, name);
}

function notPlain(value: ManifestValue, kind: string, name: string): SandpoolError {
  return value.problem(
    `the ${kind} name ${quoted(name)} is not valid: a name is made of the letters A-Z and a-z, digits, ` +
      '`_` and `-`',
  );
}

/**
 * The name of an environment or a network. Environments name files, so what could leave a folder is refused.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function placeName(value: ManifestValue, kind: 'environment' | 'network'): string {
  const name = value.filledText();
  if (!/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..') return name;
  throw value.problem(
    `the ${kind} name ${quoted(name)} is not valid: it must not hold \`/\`, \`\\\` or control characters`,
  );
}
