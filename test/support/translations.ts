// Where tests keep translations of plugins, so that each guest is translated once and not by every file that uses it.
// Entries are known by the plugin's hash and the format of translations; tests of the cache have folders of their own.

import { fileURLToPath } from 'node:url';

/** To be given to a pool. */
export const TRANSLATIONS = fileURLToPath(
  new URL('../../fixtures/build/translations/sandpool', import.meta.url),
);

/** To be given to a command as `XDG_CACHE_HOME`. */
export const CACHES = fileURLToPath(new URL('../../fixtures/build/translations', import.meta.url));
