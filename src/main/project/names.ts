// The rules for names in a manifest.

import type { ManifestValue } from './manifest-document.js';
import { quoted } from './shown-text.js';

/**
 * The name of a canister: letters, digits, `_` and `-`.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function canisterName(value: ManifestValue): string {
  const name = value.text();
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name;
  throw value.problem(
    `the canister name ${quoted(name)} is not valid: a name is made of the letters A-Z and a-z, digits, ` +
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
