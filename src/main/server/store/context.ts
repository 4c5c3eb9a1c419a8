// What all repositories share.

import type { StoreDatabase } from './database.js';
import type { Identifiers } from './identifiers.js';

/** Given to each repository when the store is opened. */
export interface StoreContext {
  readonly database: StoreDatabase;
  readonly identifiers: Identifiers;
  /** Whole milliseconds since 1970. */
  readonly now: () => number;
}
