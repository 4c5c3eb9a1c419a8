// The client of a service: its operations, as they are generated from the OpenAPI document, with a token and one kind of
// error; uploads as they come; and its events. Runs wherever there is a `fetch`.

import { type Followed, type FollowOptions, followEvents } from './follow-events.js';
import { type Bundle, operationsWith, type Plugin, type ServiceEvent } from './generated/operations.js';
import { serviceAddress, serviceToken, type Transport } from './service-address.js';
import { requestJson, type ServiceMeans } from './service-fetch.js';

/** Which service, and as whom. */
export interface ClientOptions {
  /** Where the service is: `https://…`, or `http://…` on this machine. */
  readonly url: string;
  /** As `sandpool token` printed it. */
  readonly token: string;
  /** @default the `fetch` there is */
  readonly fetch?: typeof fetch;
  /**
   * `any` lets the token go to other machines over http: for networks that are trusted.
   * @default 'encrypted'
   */
  readonly transport?: Transport;
  /**
   * How long an answer may take, in milliseconds; uploads and events may take any time.
   * @default 60,000
   */
  readonly answerMs?: number;
}

/** What is uploaded: bytes that are there, or that come. */
export type UploadContent = Uint8Array | ReadableStream<Uint8Array>;

/** What may go with an upload. */
export interface UploadOptions {
  /** What the content must hash to: 64 lower-case hex characters. */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
}

type Operations = ReturnType<typeof operationsWith>;

/** The operations, each as the document has it, then uploads and events. */
export interface ServiceClient extends Omit<Operations, 'uploadPlugin' | 'uploadBundle'> {
  /** Where the service is. */
  readonly url: string;
  /** Uploads a plugin; the same bytes are one plugin. */
  uploadPlugin(content: UploadContent, options?: UploadOptions & { readonly name?: string }): Promise<Plugin>;
  /** Uploads directories and files as a tar, tar.gz or zip; the same bytes are one bundle. */
  uploadBundle(content: UploadContent, options?: UploadOptions): Promise<Bundle>;
  /**
   * The events of a batch and its runs, of a run, or of all that the token may see, in order and each once. The
   * connection is made anew when it breaks. Ends behind the last event of the batch or run.
   *
   * @throws SandpoolError `SERVICE_UNREACHABLE` when nobody answers for long, `CANCELLED`, and what the service answers
   */
  followEvents(followed: Followed & FollowOptions): AsyncGenerator<ServiceEvent, void, void>;
}

const ANSWER_MS = 60_000;

/**
 * Makes a client. Nothing is asked of the service yet.
 *
 * Every operation rejects with a SandpoolError: what the service answered, by its code; `SERVICE_FAILED` for an answer
 * that has none; `SERVICE_UNREACHABLE` when there was no answer.
 *
 * @throws SandpoolError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { createClient } from 'sandpool/client';
 *
 * const client = createClient({ url: 'http://127.0.0.1:7780', token });
 * const batch = await client.createBatch({
 *   defaults: { plugin: sha256, network: 'ic', identity: 'deployer' },
 *   runs: [{ canister: 'rrkah-fqaaa-aaaaa-aaaaq-cai' }],
 * });
 * for await (const event of client.followEvents({ batch: batch.id })) {
 *   if (event.type === 'output') console.log(event.line);
 * }
 * ```
 */
export function createClient(options: ClientOptions): ServiceClient {
  const { transport = 'encrypted', answerMs = ANSWER_MS } = options;
  const means: ServiceMeans = {
    url: serviceAddress(options.url, transport),
    token: serviceToken(options.token),
    // Browsers call it on nothing but the window.
    fetch: options.fetch ?? ((...input) => fetch(...input)),
    answerMs,
  };
  const operations = operationsWith({
    baseUrl: means.url,
    fetch: (url, init) => requestJson(means, String(url), init),
  });
  return {
    ...operations,
    url: means.url,
    uploadPlugin: (content, { signal, ...query } = {}) =>
      operations.uploadPlugin(NOTHING, query, uploading(means, content, 'application/wasm', signal)),
    uploadBundle: (content, { signal, ...query } = {}) =>
      operations.uploadBundle(NOTHING, query, uploading(means, content, 'application/octet-stream', signal)),
    followEvents: (followed) => followEvents(means, followed),
  };
}

/** In place of a body that the generated code, which knows of no streams, is not given. */
const NOTHING = new Blob([]);

function uploading(
  means: ServiceMeans,
  content: UploadContent,
  mediaType: string,
  signal?: AbortSignal,
): { fetch: typeof fetch } {
  const upload: RequestInit = {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': mediaType },
    body: content as NonNullable<RequestInit['body']>,
    ...(content instanceof ReadableStream ? { duplex: 'half' as const } : {}),
    ...(signal === undefined ? {} : { signal }),
  };
  return { fetch: (url) => requestJson(means, String(url), upload, 'upload') };
}
