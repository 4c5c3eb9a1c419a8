// A service to be attacked, and what must hold after each attack: it answers the next good request, what it keeps is what
// it was, and no connection or file is left open.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ERRORS, type ErrorCode } from '#src/bridge/errors.js';
import type { NewToken, Run, Scope } from '#src/main/server/store/index.js';
import { type RunningService, startService } from '../../../support/running-service.js';
import { treeSnapshot } from '../../../support/tree-snapshot.js';
import { type RawAnswer, sendRaw } from './raw-client.js';

/** A canister that tokens may be given, and one that they are not. */
export const GRANTED = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
export const OTHER = 'ryjl3-tyaaa-aaaaa-aaaba-cai';
/** In the form of one, and of nothing that there is. */
export const NO_ID = '01900000-0000-7000-8000-000000000000';
export const NO_HASH = '0'.repeat(64);

/** A network that nobody answers at. */
export const NOWHERE = { url: 'http://127.0.0.1:9', rootKeyHex: '0'.repeat(266) };

/** What is asked of a service. */
export interface Question {
  readonly token?: string;
  readonly body?: string | Uint8Array;
  /** In place of JSON's. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One of them. */
export class AttackedService implements AsyncDisposable {
  readonly running: RunningService;
  /** Of a token that may do everything. */
  readonly admin: string;

  private constructor(running: RunningService) {
    this.running = running;
    this.admin = this.token(['admin']);
  }

  static async start(
    settings: Readonly<Record<string, unknown>> = {},
    options: Partial<Parameters<typeof startService>[0]> = {},
  ): Promise<AttackedService> {
    const networks = { nowhere: NOWHERE };
    return new AttackedService(await startService({ networks, ...options, settings }));
  }

  get port(): number {
    return this.running.port;
  }

  /** The secret of a new token. */
  token(scopes: readonly Scope[], bindings: Partial<NewToken> = {}): string {
    return this.running.service.store.tokens.create({ name: 'test', scopes, ...bindings }).secret;
  }

  /** The head of a request, up to the empty line. */
  head(method: string, path: string, { token, headers = {} }: Question = {}): string {
    const lines = Object.entries({
      host: `localhost:${this.port}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${path} HTTP/1.1\r\n${lines.join('')}`;
  }

  /** Sends a request as it is, and takes the answer. */
  async ask(method: string, path: string, question: Question = {}): Promise<RawAnswer> {
    const { body, type = 'application/json', headers = {} } = question;
    const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body ?? []);
    const about = body === undefined ? {} : { 'content-type': type, 'content-length': String(bytes.length) };
    const head = this.head(method, path, { ...question, headers: { ...about, ...headers } });
    const [answer] = await sendRaw(this.port, Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), bytes]));
    if (answer === undefined) throw new Error(`no answer to ${method} ${path}`);
    return answer;
  }

  /** Sends what JSON makes of `value`. */
  post(path: string, value: unknown, token: string, headers: Question['headers'] = {}): Promise<RawAnswer> {
    return this.ask('POST', path, { token, body: JSON.stringify(value), headers });
  }

  /** A plugin that was uploaded. @returns its hash */
  async plugin(bytes: Uint8Array): Promise<string> {
    const { status, body } = await this.ask('POST', '/v1/plugins', {
      token: this.admin,
      body: bytes,
      type: 'application/wasm',
    });
    expect([200, 201]).toContain(status);
    return JSON.parse(body).sha256;
  }

  /** The run, once it has ended. */
  async ended(id: string): Promise<Run> {
    const { observers, store } = this.running.service;
    for (;;) {
      const run = store.runs.get(id);
      if (run.endedAtMs !== undefined) return run;
      await new Promise<void>((resolve) => {
        const observer = {
          started: () => undefined,
          called: () => undefined,
          ended: () => {
            observers.delete(observer);
            resolve();
          },
        };
        observers.add(observer);
      });
    }
  }

  /** Everything uploaded, and whatever else is beside the store. */
  kept(): Record<string, string> {
    const files = treeSnapshot(this.running.folder);
    return Object.fromEntries(Object.entries(files).filter(([name]) => !name.includes('.db')));
  }

  /** That a good request is answered as ever. */
  async expectGood(): Promise<void> {
    const { status, body } = await this.ask('GET', '/v1/session', { token: this.admin });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ scopes: ['admin'] });
  }

  /** That nothing of it says what is nobody's business. */
  expectProblem(answer: RawAnswer, code: ErrorCode): void {
    expect(answer.body, code).toContain(code);
    const problem = JSON.parse(answer.body);
    expect(problem).toMatchObject({ type: `urn:sandpool:error:${code}`, code, title: expect.any(String) });
    expect(answer.status).toBe(ERRORS[code].httpStatus);
    expect(problem.status).toBe(answer.status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expectNoSecrets(answer.body, this.running.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.close();
    this.running.remove();
  }
}

/** Where things are, how they are done, and secrets. */
export function expectNoSecrets(text: string, folder: string): void {
  expect(text).not.toContain(folder);
  expect(text).not.toMatch(
    /node_modules|dist\/main|\.js:\d|sqlite|SELECT |INSERT |sandpool_[\w-]{43}|FST_ERR/i,
  );
  // No gap of a message is left unfilled.
  expect(text).not.toMatch(/(?:is|has|than|type) \{\w+\}/);
}

/** Files and connections that this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Uploads that are on their way, or that nobody removed. */
export function unfinishedIn(folder: string): string[] {
  return ['plugins', 'bundles'].flatMap((name) =>
    readdirSync(join(folder, 'data', name)).filter((entry) => !/^[0-9a-f]{64}$/.test(entry)),
  );
}
