// Plugins that are declared by address.

import { SandpoolError } from '../../bridge/errors.js';
import type { ConnectedNetwork } from '../project/project-model.js';
import type { PluginFetcher } from './prepare-plugins.js';

/** Gets plugins for a sync on `network`. */
export function pluginFetcher(_network: ConnectedNetwork): PluginFetcher {
  return async ({ url }) => {
    throw new SandpoolError('PLUGIN_UNREADABLE', { path: url, reason: 'not yet' });
  };
}
