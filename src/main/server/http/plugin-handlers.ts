// Plugins: uploaded, fetched, listed, inspected, enabled and disabled, deleted.

import type { Service } from '../service/service.js';
import { done, type Handlers, made } from './handler.js';
import { inspectionView, pluginView } from './views.js';

type PluginOperation =
  | 'uploadPlugin'
  | 'fetchPlugin'
  | 'listPlugins'
  | 'inspectPlugin'
  | 'changePlugin'
  | 'deletePlugin';

export function pluginHandlers({ store, plugins }: Service): Handlers<PluginOperation> {
  return {
    uploadPlugin: async ({ caller, query: { name, sha256: expectedSha256 }, stream, signal }) => {
      const origin = { tokenId: caller.token.id, name };
      const { plugin, outcome } = await plugins.receive(stream, origin, { expectedSha256, signal });
      if (outcome === 'created') caller.audit('plugin.upload', plugin.sha256, { name: plugin.name });
      return made(outcome, pluginView(plugin));
    },
    fetchPlugin: async ({ caller, body: { url, sha256, name }, signal }) => {
      const origin = { tokenId: caller.token.id, name };
      const { plugin, outcome } = await plugins.fetch({ url, sha256 }, origin, signal);
      if (outcome === 'created') caller.audit('plugin.fetch', plugin.sha256, { name: plugin.name, url });
      return made(outcome, pluginView(plugin));
    },
    listPlugins: () => done({ items: store.plugins.list().map(pluginView) }),
    inspectPlugin: async ({ params: { sha256 } }) => done(inspectionView(await plugins.inspect(sha256))),
    changePlugin: ({ caller, params: { sha256 }, body: { enabled } }) => {
      const plugin = store.transaction(() => {
        caller.audit(enabled ? 'plugin.enable' : 'plugin.disable', sha256);
        return store.plugins.setAvailability(sha256, enabled ? 'enabled' : 'disabled');
      });
      return done(pluginView(plugin));
    },
    deletePlugin: async ({ caller, params: { sha256 } }) => {
      await plugins.remove(sha256);
      caller.audit('plugin.delete', sha256);
      return { status: 204, body: undefined };
    },
  };
}
