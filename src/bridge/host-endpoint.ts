// Main's half of a host call: an ordinary async object behind `Comlink.expose`, on an endpoint that wakes the
// worker after each reply. What arrives is checked before comlink sees it: comlink would also get, set and
// construct along any path, and the other side runs beside untrusted code.

import type { MessagePort, Transferable } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { MethodName } from './blocking-remote.js';
import type { ControlBlock } from './control-block.js';
import { isObject } from './is-object.js';

/** What {@link exposeToWorker} needs to know of the run. */
export interface HostEndpointOptions<Api> {
  readonly port: MessagePort;
  readonly control: ControlBlock;
  /** The methods the worker may call; every other name is refused. */
  readonly methods: readonly MethodName<Api>[];
  /** Any message that is not a call. Returns whether it made sense. */
  readonly onNotice: (message: unknown) => boolean;
  /** A message that made no sense: the worker is not what it should be. */
  readonly onViolation: (problem: string) => void;
}

interface ApplyMessage {
  readonly id: string;
  readonly type: 'APPLY';
  readonly path: readonly [string];
  readonly argumentList: readonly { readonly type: 'RAW'; readonly value: unknown }[];
}

/** Exposes `api` to the worker at the other end of `port`. Returns the function that stops it and closes the port. */
export function exposeToWorker<Api extends object>(api: Api, options: HostEndpointOptions<Api>): () => void {
  const { port, control, methods, onNotice, onViolation } = options;
  const listeners = new Set<(event: { data: unknown }) => void>();
  const receive = (message: unknown): void => {
    if (isApply(message, methods)) for (const listener of listeners) listener({ data: message });
    else if (!onNotice(message)) onViolation('a message of the worker is neither a host call nor a notice');
  };
  port.on('message', receive);
  Comlink.expose(api, {
    addEventListener: (_type: string, listener: (event: { data: unknown }) => void) =>
      listeners.add(listener),
    removeEventListener: (_type: string, listener: (event: { data: unknown }) => void) =>
      listeners.delete(listener),
    postMessage: (message: unknown, transfer: Transferable[] = []) => {
      port.postMessage(message, transfer);
      control.announceReply();
    },
  } as unknown as Comlink.Endpoint);
  return () => {
    port.off('message', receive);
    listeners.clear();
    port.close();
  };
}

/** Fewer are copied: that costs nothing, and a host may give the same bytes again and again. */
const MOVED_BYTES = 64 * 1024;

/**
 * Marks the bytes in a reply to be moved to the worker; copies of them where they are few, or share their buffer with
 * others.
 */
export function movingBytes<Reply extends { readonly val: unknown }>(reply: Reply): Reply {
  const bytes = reply.val;
  if (!(bytes instanceof Uint8Array)) return reply;
  const isWhole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
  // Not `slice()`: that of a Buffer copies nothing.
  const own = isWhole && bytes.byteLength >= MOVED_BYTES ? bytes : new Uint8Array(bytes);
  return Comlink.transfer({ ...reply, val: own }, [own.buffer as ArrayBuffer]);
}

function isApply(message: unknown, methods: readonly string[]): message is ApplyMessage {
  if (!isObject(message) || message['type'] !== 'APPLY' || typeof message['id'] !== 'string') return false;
  const { path, argumentList } = message;
  if (!Array.isArray(path) || path.length !== 1 || !methods.includes(path[0])) return false;
  return (
    Array.isArray(argumentList) && argumentList.every((value) => isObject(value) && value['type'] === 'RAW')
  );
}
