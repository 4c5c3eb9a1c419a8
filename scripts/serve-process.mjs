// `sandpool serve` as a process of its own, for scripts that show or measure it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The command, built. */
export const SANDPOOL = fileURLToPath(new URL('../dist/main/command/sandpool.cjs', import.meta.url));

/**
 * Starts it, in a folder of its own.
 *
 * @param {object} options
 * @param {string} options.network its name on the service
 * @param {{ url: string, rootKeyHex: string }} options.at where that network is
 * @param {string} options.identity what the anonymous identity is called
 * @param {Record<string, readonly string[]>} [options.canisters] lists of canisters: all that the token may reach, or any
 *   when there are none
 * @param {object} [options.settings] of the configuration, besides these
 * @param {string} [options.tokenName]
 * @param {number} [options.niceness] how far it gives way to other processes
 * @returns {Promise<{ url: string, token: string, exited: Promise<unknown>, close: () => Promise<void> }>} the token is an
 *   admin's
 */
export async function startServe({
  network,
  at,
  identity,
  canisters = {},
  settings = {},
  tokenName = 'operator',
  niceness = 0,
}) {
  const folder = await mkdtemp(join(tmpdir(), 'sandpool-serve-'));
  const config = join(folder, 'sandpool.yaml');
  let child;
  const close = async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // JSON is YAML too.
    const document = {
      listen: { port: 0 },
      data: './data',
      log: { level: 'warn' },
      identities: { [identity]: { anonymous: true } },
      networks: { [network]: { url: at.url, rootKey: at.rootKeyHex } },
      canisters,
      ...settings,
    };
    await writeFile(config, JSON.stringify(document, null, 2));
    const words = ['token', 'create', tokenName, '--scope', 'admin', '--quiet', '--config', config];
    const lists = Object.keys(canisters).length === 0 ? ['*'] : Object.keys(canisters);
    const reached = lists.flatMap((list) => ['--canisters', list]);
    const bound = ['--identity', '*', '--network', '*', ...reached];
    const created = await promisify(execFile)(process.execPath, [SANDPOOL, ...words, ...bound]);
    child = spawn(process.execPath, [SANDPOOL, 'serve', '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // At once: its threads are made later, and take after it.
    if (niceness !== 0 && child.pid !== undefined) setPriority(child.pid, niceness);
    const url = await firstLine(child);
    return { url, token: created.stdout.trim(), exited: once(child, 'exit'), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the service ended with ${code}`);
  });
  const [line] = await Promise.race([once(lines, 'line'), ended]);
  ended.catch(() => {});
  return line;
}
