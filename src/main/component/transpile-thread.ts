// Runs jco on a thread of its own: it takes up to a second for a large plugin, and the main thread has runs to
// serve. Loaded by name from `transpile.ts`.

import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import { describe } from '../../bridge/errors.js';

/** The files jco made, or why it made none. */
export type Translation =
  | { readonly files: readonly (readonly [name: string, bytes: Uint8Array])[] }
  | { readonly refusal: string };

/** What the glue's file is called. */
export const GLUE_FILE = 'plugin.js';

/** Translates the component in `bytes`. */
export default async function translate(bytes: Uint8Array): Promise<Translation> {
  await $init;
  try {
    const { files } = generate(bytes, {
      name: GLUE_FILE.replace('.js', ''),
      instantiation: { tag: 'sync' },
      map: [],
      noNodejsCompat: true,
      noTypescript: true,
      tlaCompat: false,
      base64Cutoff: 0,
    });
    return { files };
  } catch (error) {
    return { refusal: describe(error).split('\n', 1)[0] ?? '' };
  }
}
