// The API as the page calls it: one method an operation, typed by the schemas of the service.

import type { Static } from 'typebox';
import type { Bundle, BundleList } from '../../api/bundles.js';
import type { EventPage, ServiceEvent } from '../../api/events.js';
import type { Plugin, PluginFetch, PluginInspection, PluginList } from '../../api/plugins.js';
import type { Batch, BatchPage, BatchRequest, Run, RunPage, RunQuery, UpdateList } from '../../api/runs.js';
import type { AuditPage, AuditQuery, Session, Totals } from '../../api/service.js';
import { followEvents, type StreamOptions } from './event-stream.js';
import { ProblemError, problemOf, unreachable } from './problem.js';

/** In one page. */
const MOST_EVENTS = 1000;

interface Options {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly upload?: { readonly content: Blob; readonly type: string };
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Calls with one token. Every method throws ProblemError. */
export class ApiClient {
  readonly #token: string;
  readonly #onRefused: () => void;

  /** `onRefused`: the token is not, or no longer, one. */
  constructor(token: string, onRefused: () => void) {
    this.#token = token;
    this.#onRefused = onRefused;
  }

  session(): Promise<Session> {
    return this.#call('GET', '/v1/session');
  }

  totals(from: string, spans: number, signal?: AbortSignal): Promise<Totals> {
    return this.#call('GET', '/v1/totals', { query: { from, spans }, signal });
  }

  plugins(signal?: AbortSignal): Promise<Static<typeof PluginList>> {
    return this.#call('GET', '/v1/plugins', { signal });
  }

  inspectPlugin(sha256: string, signal?: AbortSignal): Promise<PluginInspection> {
    return this.#call('GET', `/v1/plugins/${sha256}`, { signal });
  }

  uploadPlugin(file: Blob, name: string): Promise<Plugin> {
    const upload = { content: file, type: 'application/wasm' };
    return this.#call('POST', '/v1/plugins', { query: { name }, upload });
  }

  fetchPlugin(location: PluginFetch): Promise<Plugin> {
    return this.#call('POST', '/v1/plugins/fetch', { body: location });
  }

  changePlugin(sha256: string, enabled: boolean): Promise<Plugin> {
    return this.#call('PATCH', `/v1/plugins/${sha256}`, { body: { enabled } });
  }

  deletePlugin(sha256: string): Promise<void> {
    return this.#call('DELETE', `/v1/plugins/${sha256}`);
  }

  bundles(signal?: AbortSignal): Promise<Static<typeof BundleList>> {
    return this.#call('GET', '/v1/bundles', { signal });
  }

  /** A tar, tar.gz or zip: the service sees for itself which. */
  uploadBundle(file: Blob): Promise<Bundle> {
    const upload = { content: file, type: 'application/octet-stream' };
    return this.#call('POST', '/v1/bundles', { upload });
  }

  audit(query: AuditQuery, signal?: AbortSignal): Promise<Static<typeof AuditPage>> {
    return this.#call('GET', '/v1/audit', { query: { ...query }, signal });
  }

  batches(
    query: { readonly limit?: number; readonly before?: string },
    signal?: AbortSignal,
  ): Promise<Static<typeof BatchPage>> {
    return this.#call('GET', '/v1/batches', { query, signal });
  }

  batch(id: string, signal?: AbortSignal): Promise<Batch> {
    return this.#call('GET', `/v1/batches/${id}`, { signal });
  }

  createBatch(request: BatchRequest, idempotencyKey: string): Promise<Batch> {
    return this.#call('POST', '/v1/batches', { body: request, idempotencyKey });
  }

  cancelBatch(id: string): Promise<Batch> {
    return this.#call('POST', `/v1/batches/${id}/cancel`);
  }

  retryBatch(id: string, idempotencyKey: string): Promise<Batch> {
    return this.#call('POST', `/v1/batches/${id}/retry`, { body: {}, idempotencyKey });
  }

  runs(query: RunQuery, signal?: AbortSignal): Promise<Static<typeof RunPage>> {
    return this.#call('GET', '/v1/runs', { query: { ...query }, signal });
  }

  run(id: string, signal?: AbortSignal): Promise<Run> {
    return this.#call('GET', `/v1/runs/${id}`, { signal });
  }

  cancelRun(id: string): Promise<Run> {
    return this.#call('POST', `/v1/runs/${id}/cancel`);
  }

  retryRun(id: string, idempotencyKey: string): Promise<Run> {
    return this.#call('POST', `/v1/runs/${id}/retry`, { idempotencyKey });
  }

  updates(id: string, signal?: AbortSignal): Promise<Static<typeof UpdateList>> {
    return this.#call('GET', `/v1/runs/${id}/updates`, { signal });
  }

  runEvents(
    id: string,
    query: { readonly after?: number; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<Static<typeof EventPage>> {
    return this.#call('GET', `/v1/runs/${id}/log`, { query, signal });
  }

  /** All events of a run so far. */
  async allRunEvents(id: string, signal?: AbortSignal): Promise<ServiceEvent[]> {
    const events: ServiceEvent[] = [];
    let after: number | undefined;
    do {
      const query = { limit: MOST_EVENTS, ...(after === undefined ? {} : { after }) };
      const page = await this.runEvents(id, query, signal);
      events.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return events;
  }

  /** Follows the events under `path` until the signal is aborted. */
  async follow(path: string, options: Omit<StreamOptions, 'url' | 'token'>): Promise<void> {
    try {
      await followEvents({ ...options, url: path, token: this.#token });
    } catch (error) {
      this.#refusedBy(error);
      throw error;
    }
  }

  async #call<Given>(method: string, path: string, options: Options = {}): Promise<Given> {
    const { query = {}, body, upload, idempotencyKey, signal } = options;
    const given = Object.entries(query).filter((entry) => entry[1] !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    const headers: Record<string, string> = {
      accept: 'application/json, application/problem+json',
      authorization: `Bearer ${this.#token}`,
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (upload !== undefined) headers['content-type'] = upload.type;
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    let response: Response;
    try {
      response = await fetch(search === '' ? path : `${path}?${search}`, {
        method,
        headers,
        cache: 'no-store',
        credentials: 'omit',
        signal: signal ?? null,
        body: upload?.content ?? (body === undefined ? null : JSON.stringify(body)),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw unreachable(error);
    }
    if (!response.ok) {
      const problem = await problemOf(response);
      this.#refusedBy(problem);
      throw problem;
    }
    return (response.status === 204 ? undefined : await response.json()) as Given;
  }

  #refusedBy(error: unknown): void {
    if (error instanceof ProblemError && error.problem.status === 401) this.#onRefused();
  }
}

/** A key for one press of a button, so that a request that is sent twice is done once. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
