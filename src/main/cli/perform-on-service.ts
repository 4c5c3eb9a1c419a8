// Does a plan on a service in place of here: with a token that comes from a file or a variable, never from the command
// line, which others on the machine can read.

import { readFile } from 'node:fs/promises';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { createClient, type ServiceClient } from '../client/index.js';
import { shownUrl } from '../project/shown-url.js';
import { runRemoteSync } from '../remote/remote-sync.js';
import { requirePluginsOnly } from '../remote/service-place.js';
import { uploadPreview } from '../remote/upload-preview.js';
import type { Performer, PlannedCommand, RunPlanOptions } from './run-plan.js';

/** The options that say which service, as parsed. */
export interface ServiceOptions {
  /** Its address. */
  readonly server?: string;
  readonly tokenFile?: string;
  readonly allowHttp?: true;
}

/** Does the plan on the service at `server`. */
export function performOnService(server: string, options: ServiceOptions & RunPlanOptions): Performer {
  return async (plan, { limits, signal, fetchPlugin, onEvent, view }) => {
    if (options.identityPasswordFile !== undefined) {
      throw new SandpoolError('USAGE', {
        problem: '--identity-password-file is for a key here; a service signs with keys of its own',
      });
    }
    const client = await clientOf(server, options);
    const { identity, concurrency, failFast } = options;
    const report = await runRemoteSync(plan, {
      client,
      identity,
      signal,
      concurrency,
      ...(failFast === true ? { onFailure: 'stop' } : {}),
      limits,
      fetchPlugin,
      onEvent,
    });
    view.finish(report);
    return report;
  };
}

/** Says what would be sent as well. The service is not asked anything. */
export const previewForService: NonNullable<PlannedCommand['previewer']> = async (
  plan,
  preview,
  fetchPlugin,
) => {
  requirePluginsOnly(plan);
  return { ...preview, upload: await uploadPreview(plan, fetchPlugin) };
};

async function clientOf(server: string, { tokenFile, allowHttp }: ServiceOptions): Promise<ServiceClient> {
  const token = tokenFile === undefined ? process.env['SANDPOOL_TOKEN'] : await readToken(tokenFile);
  if (token === undefined || token === '') {
    throw new SandpoolError('SERVICE_TOKEN_MISSING', { url: shownUrl(server) });
  }
  return createClient({ url: server, token, transport: allowHttp === true ? 'any' : 'encrypted' });
}

async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const details = { option: '--token-file', bound: 'a file that can be read', value: describe(cause) };
    throw new SandpoolError('INVALID_OPTION', details, { cause });
  }
}
