// What a service would be sent for a plan, found out without asking it.

import type { SyncPlan } from '../sync/plan.js';
import { PluginShelf } from '../sync/plugin-shelf.js';
import type { PluginFetcher } from '../sync/prepare-plugins.js';
import type { UploadPreview } from '../sync/preview.js';
import { bundleHash } from './bundle-archive.js';
import { PluginLooker, type UploadedPlugin } from './plugin-uploader.js';
import { prepareSteps } from './prepared-steps.js';

/** What would be sent. Canisters that would fail before that are left out. */
export async function uploadPreview(plan: SyncPlan, fetchPlugin: PluginFetcher): Promise<UploadPreview> {
  const nothing = (): void => {};
  const shelf = new PluginShelf<UploadedPlugin>(new PluginLooker(), fetchPlugin, nothing);
  const { canisters, entries } = await prepareSteps(plan, shelf, new AbortController().signal, nothing);
  const plugins = new Map(
    canisters.flatMap(({ steps }) => steps.map(({ plugin }) => [plugin.sha256, plugin] as const)),
  );
  const { sorted } = entries;
  const files = sorted.filter(({ kind }) => kind === 'file');
  return {
    plugins: [...plugins.values()].map(({ name, sha256, bytes: sizeBytes }) => ({ name, sha256, sizeBytes })),
    ...(sorted.length === 0
      ? {}
      : {
          bundle: {
            ...(await bundleHash(sorted)),
            files: files.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
          },
        }),
  };
}
