// The version of this package.

import { readFileSync } from 'node:fs';

/** As package.json has it, which is as far above the built files as above the bundled ones. */
export function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
