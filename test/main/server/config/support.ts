// Configurations in folders of their own.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { readConfiguration, type ServiceConfiguration } from '#src/main/server/config/index.js';

/** A folder with files in it, removed when the test is over. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandpool-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** What `text` is read as. */
export function configured(
  text: string | Uint8Array,
  environment: Readonly<Record<string, string>> = {},
): ServiceConfiguration {
  return readConfiguration(join(folderWith({ 'c.yaml': text }), 'c.yaml'), environment);
}

/** The error of ours that `work` throws. */
export function errorOf(work: () => unknown): SandpoolError {
  try {
    work();
  } catch (error) {
    if (error instanceof SandpoolError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
