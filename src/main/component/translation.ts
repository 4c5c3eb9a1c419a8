// What the process that runs jco gives back, and what it is told to call it.

/** The files jco made, or why it made none. */
export type Translation =
  | { readonly files: readonly (readonly [name: string, bytes: Uint8Array])[] }
  | { readonly refusal: string };

/** What the glue's file is called. */
export const GLUE_FILE = 'plugin.js';
