// What the process that runs jco gives back.

import type { ModuleClaims } from '../../bridge/messages.js';

/** A core module as it is to be compiled: rewritten so that it asks before it grows. */
export interface TranslatedModule {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly claims: ModuleClaims;
}

/** A component, translated. */
export interface TranslatedComponent {
  /** JavaScript: an expression giving `{ instantiate }`. */
  readonly glue: string;
  readonly modules: readonly TranslatedModule[];
}

/** A translation; or what the component uses that is not run, why it is not valid, or what went wrong here. */
export type Translation =
  | TranslatedComponent
  | { readonly unsupported: string }
  | { readonly refusal: string }
  | { readonly defect: string };
