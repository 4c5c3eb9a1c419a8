// A project of canisters that are all synced by one plugin, as both hosts read it, and the two commands on it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SANDPOOL = fileURLToPath(new URL('../../dist/main/command/sandpool.cjs', import.meta.url));

/**
 * Writes the project into a new folder.
 * @param {{ url: string, rootKeyHex: string, canisters: readonly { name: string, id: string }[] }} network
 * @param {Uint8Array} plugin
 * @param {number} [parameter] for guests that take one: they find it in the environment's name
 */
export async function writeProject(network, plugin, parameter = 0) {
  const folder = await mkdtemp(join(tmpdir(), 'sandpool-bench-'));
  const environment = `bench-${parameter}`;
  const { canisters } = network;
  await writeFile(join(folder, 'p.wasm'), plugin);
  await mkdir(join(folder, '.icp/data/mappings'), { recursive: true });
  await mkdir(join(folder, 'home'));
  const ids = Object.fromEntries(canisters.map(({ name, id }) => [name, id]));
  await writeFile(join(folder, `.icp/data/mappings/${environment}.ids.json`), JSON.stringify(ids));
  await writeFile(join(folder, 'icp.yaml'), manifest(network, environment));
  return new Project(folder, environment);
}

class Project {
  get folder() {
    return this.#folder;
  }
  #folder;
  #environment;

  constructor(folder, environment) {
    this.#folder = folder;
    this.#environment = environment;
  }

  /** `sandpool sync`. @returns its wall time, in milliseconds */
  sandpool(canisters = [], options = []) {
    return this.#timed(process.execPath, this.words([...options, ...canisters]));
  }

  /** Node with nothing to do. @returns its wall time, in milliseconds */
  emptyNode() {
    return this.#timed(process.execPath, ['-e', '0']);
  }

  /** What Node is to run for `sandpool sync`. */
  words(more = []) {
    return [SANDPOOL, 'sync', '-e', this.#environment, ...more];
  }

  /** All that either command knows of this machine. */
  get environmentVariables() {
    const home = join(this.#folder, 'home');
    return {
      PATH: process.env.PATH,
      HOME: home,
      XDG_CACHE_HOME: join(this.#folder, 'cache'),
      ICP_HOME: join(home, 'icp'),
      DO_NOT_TRACK: '1',
    };
  }

  /** `icp sync`. @returns its wall time, in milliseconds */
  icpCli(binary, canisters = []) {
    return this.#timed(binary, ['sync', '-e', this.#environment, '--identity', 'anonymous', ...canisters]);
  }

  /** Takes away what earlier commands have kept. */
  async clearCache() {
    await rm(join(this.#folder, 'cache'), { recursive: true, force: true });
  }

  async remove() {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #timed(command, args) {
    const startedAt = performance.now();
    const child = spawn(command, args, {
      cwd: this.#folder,
      env: this.environmentVariables,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const [exitCode] = await once(child, 'close');
    const elapsedMs = performance.now() - startedAt;
    if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${exitCode}\n${errors}`);
    return elapsedMs;
  }
}

function manifest({ url, rootKeyHex, canisters }, environment) {
  const steps =
    'build: { steps: [{ type: script, commands: ["true"] }] }\n    sync: { steps: [{ type: plugin, path: p.wasm }] }';
  return `networks:
  - { name: embedded, mode: connected, url: "${url}", root-key: ${rootKeyHex} }
environments:
  - { name: ${environment}, network: embedded }
canisters:
${canisters.map(({ name }) => `  - name: ${name}\n    ${steps}`).join('\n')}
`;
}
