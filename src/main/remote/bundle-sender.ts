// Sends the bundle of a sync, unless the service has it.

import { SandpoolError } from '../../bridge/errors.js';
import type { ServiceClient } from '../client/index.js';
import { bundleArchive, bundleHash } from './bundle-archive.js';
import type { DeclaredEntry } from './declared-entries.js';
import { untilDone } from './until-done.js';

/**
 * Makes sure that the service has a bundle of these entries.
 *
 * @returns its sha256; undefined when there is nothing to send
 * @throws SandpoolError what the service refuses it with; FILE_NOT_FOUND, FILE_UNREADABLE, PATH_THROUGH_LINK when a file
 * is no longer what it was; CANCELLED
 */
export async function sendBundle(
  client: ServiceClient,
  entries: readonly DeclaredEntry[],
  signal: AbortSignal,
): Promise<string | undefined> {
  if (entries.length === 0) return undefined;
  const { sha256 } = await bundleHash(entries);
  if (await isThere(client, sha256, signal)) return sha256;
  await untilDone(() => upload(client, entries, sha256, signal), signal);
  return sha256;
}

async function isThere(client: ServiceClient, sha256: string, signal: AbortSignal): Promise<boolean> {
  try {
    await untilDone(() => client.getBundle(sha256, { signal }), signal);
    return true;
  } catch (thrown) {
    // Also one that somebody else sent is not there for this token.
    const codes = ['BUNDLE_NOT_FOUND', 'ACCESS_DENIED'];
    if (thrown instanceof SandpoolError && codes.includes(thrown.code)) return false;
    throw thrown;
  }
}

async function upload(
  client: ServiceClient,
  entries: readonly DeclaredEntry[],
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  let problem: unknown;
  const archive = bundleArchive(entries);
  const content = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await archive.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (thrown) {
        problem = thrown;
        controller.error(thrown);
      }
    },
    async cancel() {
      await archive.return();
    },
  });
  try {
    await client.uploadBundle(content, { sha256, signal });
  } catch (thrown) {
    // That the connection ended is what follows from it.
    throw problem ?? thrown;
  }
}
