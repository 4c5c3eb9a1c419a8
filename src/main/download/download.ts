// One HTTP GET, safely: whom it may connect to, how far it may be sent on, how long it may take and how much it may
// bring are all bounded, and what it brings is the bytes as they were sent.
//
// No encoding is asked for and none is undone, as icp-cli does it: what is hashed is what went over the wire, and a
// small answer cannot become a large one. Proxies named in the environment (HTTPS_PROXY and others, which icp-cli
// honours) are not used: through one, the address that is connected to would be the proxy's choice. Whoever needs one
// can let icp-cli fetch: its package cache is read.

import { createHash } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { type Dispatcher, request } from 'undici';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { shownUrl } from '../project/shown-url.js';
import { type AllowedAddresses, isPublicAddress } from './address-policy.js';
import { AddressRefused, type AddressRule, checkLiteralHost, guardedAgent } from './guarded-agent.js';
import { failed, firstUrl, nextUrl } from './next-url.js';

/** Of a whole download: connecting, redirections and body. */
export const DEFAULT_DOWNLOAD_TIMEOUT_MS = 120_000;

const MOST_REDIRECTIONS = 5;
const REDIRECTIONS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface DownloadOptions {
  /** Where it may come from, at every step; a rule of its own where neither word fits. */
  readonly addresses: AllowedAddresses | AddressRule;
  /** The most bytes of a body. */
  readonly maximumBytes: number;
  /** @default 120,000 */
  readonly timeoutMs?: number;
  /** Ends it with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
  /** 64 lower-case hex characters that the bytes must hash to. */
  readonly sha256?: string | undefined;
  /** @default the system's */
  readonly lookup?: LookupFunction;
}

/**
 * Fetches `url`, which must be http or https. Follows up to 5 redirections, none of them from https to http.
 * @returns the bytes of the body, as sent
 * @throws SandpoolError DOWNLOAD_REFUSED, DOWNLOAD_TOO_LARGE, DOWNLOAD_HASH_MISMATCH, DOWNLOAD_FAILED, CANCELLED
 *
 * @example
 * ```ts
 * const wasm = await download('https://example.com/plugin.wasm', { addresses: 'public-only', maximumBytes: 2 ** 20 });
 * ```
 */
export async function download(url: string, options: DownloadOptions): Promise<Uint8Array> {
  const shown = shownUrl(url);
  const { sha256 } = options;
  const bytes = await new Exchange(options).run(firstUrl(url));
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== undefined && sha256 !== actual) {
    throw new SandpoolError('DOWNLOAD_HASH_MISMATCH', { url: shown, actual, expected: sha256 });
  }
  return bytes;
}

/** The hops of one download. */
class Exchange {
  readonly #mayConnect: AddressRule;
  readonly #options: DownloadOptions;

  constructor(options: DownloadOptions) {
    this.#options = options;
    const { addresses } = options;
    if (typeof addresses === 'function') this.#mayConnect = addresses;
    else this.#mayConnect = addresses === 'any' ? () => true : isPublicAddress;
  }

  async run(start: URL): Promise<Uint8Array> {
    const { signal, timeoutMs = DEFAULT_DOWNLOAD_TIMEOUT_MS, lookup } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const ends = AbortSignal.any(signal === undefined ? [timeout] : [timeout, signal]);
    const agent = guardedAgent(this.#mayConnect, lookup);
    let url = start;
    try {
      for (let hop = 0; hop <= MOST_REDIRECTIONS; hop++) {
        checkLiteralHost(url, this.#mayConnect);
        const answer = await request(url, { method: 'GET', dispatcher: agent, signal: ends });
        if (!REDIRECTIONS.has(answer.statusCode)) return await this.#body(url, answer);
        discard(answer);
        url = nextUrl(url, answer.headers['location']);
      }
      throw failed(shownUrl(start), `it was sent on more than ${MOST_REDIRECTIONS} times`);
    } catch (error) {
      throw explained(error, url, {
        cancelled: signal?.aborted === true,
        timedOut: timeout.aborted,
        timeoutMs,
      });
    } finally {
      await agent.destroy();
    }
  }

  async #body(url: URL, answer: Dispatcher.ResponseData): Promise<Uint8Array> {
    const { statusCode, headers, body } = answer;
    const { maximumBytes } = this.#options;
    const tooLarge = (): SandpoolError =>
      new SandpoolError('DOWNLOAD_TOO_LARGE', { url: shownUrl(url), limitBytes: maximumBytes });
    if (statusCode < 200 || statusCode > 299) {
      discard(answer);
      throw failed(shownUrl(url), `the server answered ${statusCode}`);
    }
    if (Number(headers['content-length']) > maximumBytes) {
      discard(answer);
      throw tooLarge();
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > maximumBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes);
  }
}

/** Lets go of a body that is of no use, and may be without end. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => undefined).destroy();
}

interface Ending {
  readonly cancelled: boolean;
  readonly timedOut: boolean;
  readonly timeoutMs: number;
}

function explained(error: unknown, url: URL, { cancelled, timedOut, timeoutMs }: Ending): SandpoolError {
  if (error instanceof SandpoolError) return error;
  const shown = shownUrl(url);
  const cause = { cause: error };
  if (cancelled) return new SandpoolError('CANCELLED', {}, cause);
  if (timedOut) return failed(shown, `it took longer than ${timeoutMs} ms`, cause);
  if (error instanceof AddressRefused)
    return new SandpoolError('DOWNLOAD_REFUSED', { url: shown, reason: error.message }, cause);
  const { code } = error as { code?: unknown };
  const reason = REASONS.get(String(code)) ?? (typeof code === 'string' ? code : describe(error));
  return failed(shown, reason, cause);
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_SOCKET', 'the connection ended before all of it was sent'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the server sent another number of bytes than it said'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the headers of the answer are too large'],
  ['ENOTFOUND', 'there is no host of that name'],
  ['ECONNREFUSED', 'nothing answers there'],
]);
