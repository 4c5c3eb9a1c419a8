// The host functions of one run: which canister a request may reach, by which way, and what the plugin is told.
// Everything is fixed when the run starts; nothing in a request can widen it.
import type { ErrorCode } from '../../bridge/errors.js';
import type {
  CallTarget,
  CanisterCallRequest,
  HostCallContext,
  HostFunctions,
  HostResult,
  MetadataSectionRequest,
} from '../../bridge/host-functions.js';
import { CallFailure, type CanisterClient } from './client.js';
import { metadataThroughProxy } from './metadata.js';
import { notPermittedText } from './plugin-text.js';
import { parsePrincipal } from './principal.js';
import { ProxyFailure, updateThroughProxy } from './proxy.js';
import { UpdateLedger, type UpdateListener, type UpdateRecord } from './update-ledger.js';

/** A host call that begins. */
export interface HostCallEvent {
  /** Counts the host calls of the run, from 1. */
  readonly number: number;
  /** The method, or the name of the metadata section. */
  readonly method: string;
  readonly callType: 'update' | 'query' | 'metadata';
  /** The canister that is called, be it through a proxy. */
  readonly canisterId: string;
}

/** A host call that has ended. */
export interface HostCallEndEvent extends Pick<HostCallEvent, 'number' | 'callType'> {
  readonly milliseconds: number;
  /** Why it failed, unless it is ok. */
  readonly outcome: 'ok' | ErrorCode;
}

/** What a run is bound to. */
export interface BoundHostOptions {
  readonly client: CanisterClient;
  /** The canister being synced, which requests call `host`. */
  readonly canisterId: string;
  /** Makes the updates that do not ask to be direct. */
  readonly proxyCanisterId?: string | undefined;
  readonly grants?: {
    /** The other canisters that may be called: names as the step lists them, with their ids. */
    readonly canisters?: ReadonlyMap<string, string>;
  };
  readonly onCall?: (event: HostCallEvent) => void;
  readonly onCallEnd?: (event: HostCallEndEvent) => void;
  /** Told of each update before it is sent, and of what became of it. */
  readonly updates?: UpdateListener | undefined;
}

/** The host functions of one run, and what is known of the calls that they made. */
export interface BoundHost extends HostFunctions {
  /** Every update that the run made. */
  readonly updates: readonly UpdateRecord[];
  /** Why the last call failed that did. A plugin that passes it on has its `pluginText` in its error. */
  readonly lastFailure: CallFailure | undefined;
  /**
   * Waits for the updates under way to end, at most `deadlineMs`; those that have not are given up as `unknown`.
   * To be called when the run is over: afterwards nothing more is sent.
   */
  settle(deadlineMs: number): Promise<readonly UpdateRecord[]>;
}

const CALL_FAILED = 'canister call failed';
const METADATA_FAILED = 'metadata read failed';

/**
 * Binds the host functions of a run to its canister, its proxy and its grants.
 *
 * @throws INVALID_PRINCIPAL
 * @example
 * ```ts
 * const host = bindHostFunctions({ client, canisterId, grants: { canisters: new Map([['backend', id]]) } });
 * await host.canisterCall(request, { signal });
 * const updates = await host.settle(5_000);
 * ```
 */
export function bindHostFunctions(options: BoundHostOptions): BoundHost {
  parsePrincipal('canister', options.canisterId);
  if (options.proxyCanisterId !== undefined) parsePrincipal('proxy canister', options.proxyCanisterId);
  for (const [name, id] of options.grants?.canisters ?? []) parsePrincipal(`canister ${name}`, id);
  return new BoundHostFunctions(options);
}

class BoundHostFunctions implements BoundHost {
  readonly #options: BoundHostOptions;
  readonly #canisters: ReadonlyMap<string, string>;
  readonly #ledger: UpdateLedger;
  readonly #abandon = new AbortController();
  #calls = 0;
  #lastFailure: CallFailure | undefined;

  constructor(options: BoundHostOptions) {
    this.#options = options;
    this.#ledger = new UpdateLedger(options.updates);
    this.#canisters = new Map(options.grants?.canisters);
  }

  get updates(): readonly UpdateRecord[] {
    return this.#ledger.records;
  }

  get lastFailure(): CallFailure | undefined {
    return this.#lastFailure;
  }

  async canisterCall(
    request: CanisterCallRequest,
    { signal }: HostCallContext,
  ): Promise<HostResult<Uint8Array>> {
    const canisterId = this.#resolve(request.target);
    if (canisterId === undefined) return refuse(request.target);
    const { method, arg, callType, direct, cycles } = request;
    const { client, proxyCanisterId } = this.#options;
    const event = { method, callType, canisterId };
    if (callType === 'query') {
      return this.#perform(event, CALL_FAILED, () => client.query({ canisterId, method, arg }, { signal }));
    }
    const sending = { sendSignal: signal, signal: this.#abandon.signal };
    return this.#perform(event, CALL_FAILED, (number) =>
      this.#ledger.record({ number, canisterId, method }, async (onSubmitted) => {
        if (proxyCanisterId === undefined || direct) {
          return (await client.update({ canisterId, method, arg }, { ...sending, onSubmitted })).reply;
        }
        const call = { canisterId, method, arg, cycles };
        return updateThroughProxy(client, proxyCanisterId, call, { ...sending, onSubmitted });
      }),
    );
  }

  async canisterMetadataSection(
    request: MetadataSectionRequest,
    { signal }: HostCallContext,
  ): Promise<HostResult<Uint8Array | undefined>> {
    const canisterId = this.#resolve(request.target);
    if (canisterId === undefined) return refuse(request.target);
    const { name, direct } = request;
    const { client, proxyCanisterId } = this.#options;
    const event = { method: name, callType: 'metadata', canisterId } as const;
    return this.#perform(event, METADATA_FAILED, async (number) => {
      if (proxyCanisterId !== undefined && !direct) {
        const subject = { number, canisterId, method: 'canister_metadata' };
        const sending = { sendSignal: signal, signal: this.#abandon.signal };
        const section = await this.#ledger.record(subject, (onSubmitted) =>
          metadataThroughProxy(client, proxyCanisterId, canisterId, name, { ...sending, onSubmitted }),
        );
        if (section !== undefined) return section;
        // The proxy may not see it, or there is none: the certified state tells which, as in the reference host.
      }
      return client.metadata(canisterId, name, { signal });
    });
  }

  async settle(deadlineMs: number): Promise<readonly UpdateRecord[]> {
    const timer = setTimeout(() => this.#abandon.abort(), deadlineMs);
    await this.#ledger.idle();
    clearTimeout(timer);
    this.#abandon.abort();
    return this.updates;
  }

  #resolve(target: CallTarget): string | undefined {
    return target.tag === 'host' ? this.#options.canisterId : this.#canisters.get(target.val);
  }

  /** Makes one call, tells the listeners of it, and puts its end into the plugin's terms. */
  async #perform<Value extends Uint8Array | undefined>(
    subject: Omit<HostCallEvent, 'number'>,
    prefix: string,
    call: (number: number) => Promise<Value>,
  ): Promise<HostResult<Value>> {
    this.#calls += 1;
    const number = this.#calls;
    const startedAt = performance.now();
    const end = (outcome: HostCallEndEvent['outcome']) =>
      this.#options.onCallEnd?.({
        number,
        callType: subject.callType,
        milliseconds: performance.now() - startedAt,
        outcome,
      });
    this.#options.onCall?.({ number, ...subject });
    let value: Value;
    try {
      value = await call(number);
    } catch (error) {
      if (!(error instanceof CallFailure)) {
        end('INTERNAL');
        throw error;
      }
      this.#lastFailure = error;
      end(error.code);
      return { tag: 'err', val: pluginError(prefix, error) };
    }
    end('ok');
    return { tag: 'ok', val: value };
  }
}

function refuse(target: CallTarget): HostResult<never> {
  return { tag: 'err', val: notPermittedText(target.tag === 'name' ? target.val : '') };
}

function pluginError(prefix: string, failure: CallFailure): string {
  if (!(failure instanceof ProxyFailure)) return `${prefix}: ${failure.pluginText}`;
  switch (failure.stage) {
    case 'call':
      return `proxy call failed: ${failure.pluginText}`;
    case 'decode':
      return `proxy decode failed: ${failure.pluginText}`;
    case 'refusal':
      return prefix === METADATA_FAILED ? `${prefix}: ${failure.pluginText}` : failure.pluginText;
  }
}
