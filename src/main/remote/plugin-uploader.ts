// Gets plugins ready on a service: each is looked at here, and sent when the service has it not.

import type { ServiceClient } from '../client/index.js';
import { acceptPlugin } from '../component/front-door.js';
import { loadPlugin } from '../component/plugin-store.js';
import type { PluginSource, PreparedPlugin } from '../component/prepared-plugin.js';
import type { PluginPreparer } from '../sync/plugin-shelf.js';
import { untilDone } from './until-done.js';

/** A plugin that a service has. */
export type UploadedPlugin = Pick<
  PreparedPlugin,
  'name' | 'sha256' | 'bytes' | 'interfaceVersion' | 'declaredVersion'
>;

/** Looks at plugins as a pool would, without translating them. */
export class PluginLooker implements PluginPreparer<UploadedPlugin> {
  /** @throws SandpoolError as `loadPlugin` and `acceptPlugin` do */
  async prepare(source: PluginSource): Promise<UploadedPlugin> {
    return (await this.look(source)).plugin;
  }

  protected async look(
    source: PluginSource,
  ): Promise<{ readonly plugin: UploadedPlugin; readonly content: Uint8Array }> {
    const { name, sha256, bytes: content } = await loadPlugin(source);
    const { interfaceVersion, declaredVersion } = acceptPlugin(content, name);
    return {
      plugin: { name, sha256, bytes: content.byteLength, interfaceVersion, declaredVersion },
      content,
    };
  }
}

/** Uploads what is missing. */
export class PluginUploader extends PluginLooker {
  readonly #client: ServiceClient;
  readonly #signal: AbortSignal;
  #known: Promise<Set<string>> | undefined;

  constructor(client: ServiceClient, signal: AbortSignal) {
    super();
    this.#client = client;
    this.#signal = signal;
  }

  override async prepare(source: PluginSource): Promise<UploadedPlugin> {
    const { plugin, content } = await this.look(source);
    const { name, sha256 } = plugin;
    this.#known ??= this.#list();
    const known = await this.#known;
    if (known.has(sha256)) return plugin;
    known.add(sha256);
    await untilDone(
      () => this.#client.uploadPlugin(content, { name: shortName(name), sha256, signal: this.#signal }),
      this.#signal,
    );
    return plugin;
  }

  async #list(): Promise<Set<string>> {
    const { items } = await untilDone(() => this.#client.listPlugins({ signal: this.#signal }), this.#signal);
    return new Set(items.map(({ sha256 }) => sha256));
  }
}

const LONGEST_NAME = 200;

/** Of a long path the end says more. */
function shortName(name: string): string {
  return [...name].slice(-LONGEST_NAME / 2).join('') || 'plugin';
}
