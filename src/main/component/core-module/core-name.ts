// Names in core modules are any text at all, and end up in generated JavaScript, between quotes.

import { UnsupportedInModule } from './unsupported-in-module.js';

/** None of these can end a string literal, or be taken for another character by whoever reads it. */
const HARMLESS = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}'"`\\]{0,512}$/u;

/**
 * Checks a name by which core modules import and export.
 * @throws UnsupportedInModule unless it is harmless between quotes
 */
export function checkCoreName(name: string): void {
  if (!HARMLESS.test(name)) throw new UnsupportedInModule('quotes or control characters in a core name');
}
