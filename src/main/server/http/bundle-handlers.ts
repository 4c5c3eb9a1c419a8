// Bundles: uploaded, listed, looked into, deleted. Whoever knows the hash of one knows what is in it, and may use it.

import { SandpoolError } from '../../../bridge/errors.js';
import type { Service } from '../service/service.js';
import { done, type Handlers, made } from './handler.js';
import { bundleContentsView, bundleView } from './views.js';

type BundleOperation = 'uploadBundle' | 'listBundles' | 'getBundle' | 'deleteBundle';

export function bundleHandlers({ store, bundles, configuration }: Service): Handlers<BundleOperation> {
  return {
    uploadBundle: async ({ caller, query: { sha256: expectedSha256 }, stream, signal }) => {
      const maximumBytes = configuration.uploads.bundleBytes;
      const { id, unpackedBytes, files } = await bundles.add(stream, {
        maximumBytes,
        expectedSha256,
        signal,
      });
      const { bundle, outcome } = store.bundles.add({
        sha256: id,
        sizeBytes: unpackedBytes,
        files: files.map(({ path, bytes: sizeBytes }) => ({ path, sizeBytes })),
        createdBy: caller.token.id,
      });
      if (outcome === 'created') caller.audit('bundle.upload', id, { files: files.length });
      return made(outcome, bundleView(bundle));
    },
    listBundles: ({ caller }) => {
      const seen = store.bundles
        .list()
        .filter(({ createdBy }) => caller.isAdmin || createdBy === caller.token.id);
      return done({ items: seen.map(bundleView) });
    },
    getBundle: ({ params: { sha256 } }) => done(bundleContentsView(store.bundles.get(sha256))),
    deleteBundle: async ({ caller, params: { sha256 } }) => {
      const { createdBy } = store.bundles.get(sha256);
      if (!caller.isAdmin && createdBy !== caller.token.id)
        throw new SandpoolError('BUNDLE_NOT_FOUND', { id: sha256 });
      store.bundles.remove(sha256);
      await bundles.delete(sha256);
      caller.audit('bundle.delete', sha256);
      return { status: 204, body: undefined };
    },
  };
}
