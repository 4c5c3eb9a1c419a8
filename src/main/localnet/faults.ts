// Faults: what a test asks the network to do wrong, to which requests, and how often.
import { SandpoolError } from '../../bridge/errors.js';

/** What is wrong with the certificate, or with the node's signature, of an answer. */
export const ANSWER_FAULTS = [
  // Signed by a key that the root key has not certified.
  'wrong-signer',
  // One bit of the signature flipped.
  'broken-signature',
  // Signed correctly, with a time an hour ago. A client that sets its clock by the network needs one
  // honest answer elsewhere to notice: restrict the fault to a method or an endpoint.
  'stale-time',
  // The content changed after it was signed.
  'tampered-answer',
  // Signed by a subnet that the root key has certified, but not for the canister in question (certificates);
  // by a node that is not in the subnet (queries).
  'wrong-subnet',
  // No signature at all: an empty one (certificates), none (queries).
  'no-signature',
] as const;

/** What goes wrong with the HTTP exchange. */
export const EXCHANGE_FAULTS = ['http-429', 'http-503', 'dropped-connection', 'no-reply'] as const;

export type AnswerFaultKind = (typeof ANSWER_FAULTS)[number];
export type ExchangeFaultKind = (typeof EXCHANGE_FAULTS)[number];

/** A fault, and the requests it is for: those that match everything that is given. */
export interface Fault {
  readonly kind: AnswerFaultKind | ExchangeFaultKind;
  readonly endpoint?: 'status' | 'call' | 'query' | 'read_state';
  /** A canister's id or name. */
  readonly canister?: string;
  /** The method called; for a `read_state` that asks for a request's status, that request's method. */
  readonly method?: string;
  /** How many requests it is for; after that it is gone. @default without end */
  readonly times?: number;
  /**
   * For the faults of the exchange: `before` the request is served, so that it has no effect, or `after`,
   * so that an update is applied and only its answer is lost. @default 'before'
   */
  readonly moment?: 'before' | 'after';
  /** For `http-429` and `http-503`: the `Retry-After` header. @default no such header */
  readonly retryAfterSeconds?: number;
}

/** A fault in force. */
export interface InjectedFault {
  /** How many requests it was applied to so far. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

/** What a fault is matched against. */
export interface FaultSubject {
  readonly endpoint: 'status' | 'call' | 'query' | 'read_state';
  readonly canisterId?: string | undefined;
  readonly canisterName?: string | undefined;
  readonly method?: string | undefined;
}

class ActiveFault implements InjectedFault {
  hits = 0;
  readonly fault: Fault;
  readonly #remove: () => void;

  constructor(fault: Fault, remove: () => void) {
    this.fault = fault;
    this.#remove = remove;
  }

  remove(): void {
    this.#remove();
  }
}

/** The faults in force. A request gets the oldest one that matches it. */
export class Faults {
  readonly #active = new Set<ActiveFault>();

  /** @throws SandpoolError `INVALID_OPTION` for an unknown kind or a `times` below 1 */
  inject(fault: Fault): InjectedFault {
    const kinds: readonly string[] = [...ANSWER_FAULTS, ...EXCHANGE_FAULTS];
    if (!kinds.includes(fault.kind)) {
      throw new SandpoolError('INVALID_OPTION', {
        option: 'kind',
        bound: `one of ${kinds.join(', ')}`,
        value: String(fault.kind),
      });
    }
    if (fault.times !== undefined && !(fault.times >= 1)) {
      throw new SandpoolError('INVALID_OPTION', { option: 'times', bound: '1 or more', value: fault.times });
    }
    const active = new ActiveFault({ ...fault }, () => this.#active.delete(active));
    this.#active.add(active);
    return active;
  }

  clear(): void {
    this.#active.clear();
  }

  /** The fault for this request, which counts as applied. */
  take(subject: FaultSubject): Fault | undefined {
    for (const active of this.#active) {
      if (!matches(active.fault, subject)) continue;
      active.hits += 1;
      if (active.hits === active.fault.times) this.#active.delete(active);
      return active.fault;
    }
    return undefined;
  }
}

/** Whether `fault` concerns the signed content of an answer, not the exchange. */
export function isAnswerFault(fault: Fault): fault is Fault & { readonly kind: AnswerFaultKind } {
  return (ANSWER_FAULTS as readonly string[]).includes(fault.kind);
}

function matches(fault: Fault, subject: FaultSubject): boolean {
  if (subject.endpoint === 'status' && isAnswerFault(fault)) return false;
  return (
    (fault.endpoint === undefined || fault.endpoint === subject.endpoint) &&
    (fault.canister === undefined ||
      fault.canister === subject.canisterId ||
      fault.canister === subject.canisterName) &&
    (fault.method === undefined || fault.method === subject.method)
  );
}
