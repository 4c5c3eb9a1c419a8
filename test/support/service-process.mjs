// `sandpool serve` in a process of its own, as an operator has it: its configuration and data in one folder, a token
// from `sandpool token create`, and its API. It can be killed, and started again on the same data.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SANDPOOL = fileURLToPath(new URL('../../dist/main/command/sandpool.cjs', import.meta.url));

/** The names that runs give for where and as whom they run. */
export const NETWORK = 'embedded';
export const IDENTITY = 'deployer';

/** A service, its folder, and the process that serves it while there is one. */
export class ServiceProcess {
  /** With everything that it keeps, and its log. */
  folder = mkdtempSync(join(tmpdir(), 'sandpool-serve-'));
  /** May run and read. */
  token;
  url = '';
  #child;
  #nodeOptions;

  /**
   * @param {{
   *   network: { url: string, rootKeyHex: string },
   *   concurrency?: number,
   *   settings?: object,
   *   nodeOptions?: readonly string[],
   * }} options
   */
  constructor({ network, concurrency = 4, settings = {}, nodeOptions = [] }) {
    this.#nodeOptions = nodeOptions;
    const document = {
      data: './data',
      listen: { host: '127.0.0.1', port: 0 },
      concurrency,
      requests: { perMinute: 1_000_000 },
      identities: { [IDENTITY]: { anonymous: true } },
      networks: { [NETWORK]: { url: network.url, rootKey: network.rootKeyHex } },
      ...settings,
    };
    // JSON is YAML too.
    writeFileSync(this.#configuration, JSON.stringify(document));
    const words = ['token', 'create', 'measuring', '--scope', 'run', '--quiet'];
    for (const option of ['--identity', '--network', '--canisters']) words.push(option, '*');
    const secret = execFileSync(process.execPath, [SANDPOOL, ...words, '--config', this.#configuration], {
      env: this.#environment,
    });
    this.token = secret.toString().trim();
  }

  get pid() {
    return this.#child?.pid;
  }

  /** All that the service has logged. */
  get log() {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Starts it, and resolves when it says where it listens; false when it was killed before that. */
  async start() {
    const log = openSync(this.#logFile, 'a');
    const child = spawn(
      process.execPath,
      [...this.#nodeOptions, SANDPOOL, 'serve', '--config', this.#configuration],
      { cwd: this.folder, env: this.#environment, stdio: ['ignore', 'pipe', log] },
    );
    closeSync(log);
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      this.url = line;
      return true;
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (child.signalCode === 'SIGKILL') return false;
    throw new Error(
      `the service ended with ${child.signalCode ?? child.exitCode}:\n${this.log.slice(-2000)}`,
    );
  }

  /** Ends it without a word, as a loss of the machine would. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Ends it as an operator does. */
  async stop() {
    await this.#end('SIGTERM');
  }

  /** Removes all that it kept. */
  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** How much of the machine's memory the process has, and has had at most since it was asked to forget that. */
  get memory() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
    return { residentBytes: of('VmRSS'), peakBytes: of('VmHWM') };
  }

  /** What it has used of the processors, in ticks of 10 ms. */
  get processorTicks() {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }

  /** Lets the peak begin anew. */
  forgetPeak() {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  /**
   * Asks the API.
   * @returns what it answers
   * @throws {Error} with `code`, when it refuses; as fetch does, when it is gone
   */
  async call(method, path, { body, headers = {} } = {}) {
    const isBytes = body instanceof Uint8Array;
    const type = isBytes ? 'application/wasm' : 'application/json';
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${text}`), { code: answer?.code });
    return answer;
  }

  /** All items of a list of the API, newest first. */
  async list(path) {
    const items = [];
    for (let before; ; ) {
      const joint = path.includes('?') ? '&' : '?';
      const page = await this.call(
        'GET',
        `${path}${joint}limit=500${before === undefined ? '' : `&before=${before}`}`,
      );
      items.push(...page.items);
      before = page.next;
      if (before === undefined) return items;
    }
  }

  /** The text of an event stream, until `isOver` says so of what has come, or it ends. */
  async *events(path, lastSequence) {
    const abort = new AbortController();
    const response = await fetch(`${this.url}/v1${path}`, {
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(lastSequence === undefined ? {} : { 'last-event-id': String(lastSequence) }),
      },
      signal: abort.signal,
    });
    if (!response.ok) throw new Error(`GET ${path}: ${await response.text()}`);
    let rest = '';
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame)?.[1];
          if (data !== undefined) yield JSON.parse(data);
        }
      }
    } finally {
      abort.abort();
    }
  }

  get #configuration() {
    return join(this.folder, 'sandpool.yaml');
  }

  get #logFile() {
    return join(this.folder, 'log');
  }

  get #environment() {
    return { PATH: process.env.PATH, HOME: this.folder, XDG_CACHE_HOME: join(this.folder, 'cache') };
  }

  async #end(signal) {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
