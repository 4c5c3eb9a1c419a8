// `sandpool inspect`: what a plugin says of itself, and whether it would run here, without running it.

import { SandpoolError } from '../../bridge/errors.js';
import { inspectBytes } from '../component/inspection.js';
import { loadPlugin, PluginStore } from '../component/plugin-store.js';
import { errorReport } from '../sync/sync-events.js';
import { writeFailure } from './failure.js';
import type { Terminal } from './terminal.js';
import { bytes as size } from './units.js';

/** The options of the command, as parsed. */
export interface InspectCommandOptions {
  readonly json?: true;
  readonly debug?: true;
}

/**
 * Runs the command.
 * @returns the exit code: that of the reason why the plugin does not run here, or 0
 * @throws SandpoolError PLUGIN_NOT_FOUND, PLUGIN_UNREADABLE, PLUGIN_TOO_LARGE
 */
export async function inspectCommand(
  path: string,
  { json, debug }: InspectCommandOptions,
  { stdout, stderr }: Terminal,
): Promise<number> {
  const { bytes, sha256 } = await loadPlugin({ path });
  const { interface: interfaceName, imports, exports, producers } = inspectBytes(bytes);
  const refusal = await whyRefused(bytes, path);
  if (json === true) {
    stdout.json({
      plugin: path,
      runsHere: refusal === undefined,
      ...(refusal === undefined ? {} : { error: errorReport(refusal) }),
      interface: interfaceName ?? null,
      sha256,
      sizeBytes: bytes.byteLength,
      imports,
      exports,
      producers,
    });
    return refusal?.exitCode ?? 0;
  }
  const row = (label: string, values: readonly string[]) => {
    for (const [index, value] of values.entries())
      stdout.line(`${(index === 0 ? label : '').padEnd(11)}${value}`);
  };
  row('plugin', [path]);
  row('interface', [interfaceName ?? 'none']);
  row('sha256', [sha256]);
  row('size', [`${size(bytes.byteLength)} (${bytes.byteLength} bytes)`]);
  row('imports', imports);
  row('exports', exports);
  row('made by', producers);
  row('verdict', [refusal === undefined ? 'runs here' : `does not run here: ${refusal.code}`]);
  if (refusal !== undefined) {
    await stdout.flush();
    writeFailure(stderr, refusal, debug === true ? 'stack' : 'message');
  }
  return refusal?.exitCode ?? 0;
}

async function whyRefused(bytes: Uint8Array, name: string): Promise<SandpoolError | undefined> {
  const store = new PluginStore();
  try {
    await store.prepare({ bytes, name });
    return undefined;
  } catch (thrown) {
    return SandpoolError.from(thrown);
  } finally {
    await store.close();
  }
}
