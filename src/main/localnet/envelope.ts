// Requests as they arrive: the CBOR envelope, checked field by field, and the id that follows from its
// content. Signatures are `authentication.ts`.
import { Cbor } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { describe } from '../../bridge/errors.js';
import { hashOfMap } from './hashing.js';
import { Refusal } from './refusal.js';

/** The content of a call or a query. */
export interface CallContent {
  readonly requestType: 'call' | 'query';
  readonly canisterId: Principal;
  readonly method: string;
  readonly arg: Uint8Array;
}

/** The content of a `read_state` request. */
export interface ReadStateContent {
  readonly requestType: 'read_state';
  readonly paths: readonly (readonly Uint8Array[])[];
}

/** A delegation of one key to another, as it was signed. */
export interface SignedDelegation {
  /** The delegation's map, from which its hash is made. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly publicKeyDer: Uint8Array;
  readonly expirationNs: bigint;
  /** The canisters it is for; all if `undefined`. */
  readonly targets: readonly Principal[] | undefined;
  readonly permissions: 'all' | 'queries';
  readonly signature: Uint8Array;
}

/** A request with everything in it in the right form; nothing about it has been believed yet. */
export interface Envelope {
  readonly content: CallContent | ReadStateContent;
  readonly requestId: Uint8Array;
  readonly sender: Principal;
  readonly ingressExpiryNs: bigint;
  readonly senderPublicKeyDer: Uint8Array | undefined;
  readonly senderSignature: Uint8Array | undefined;
  readonly senderDelegations: readonly SignedDelegation[];
}

const MAX_NONCE_BYTES = 32;
const MAX_DELEGATIONS = 20;
const MAX_DELEGATION_TARGETS = 1_000;
const MAX_PATHS = 1_000;
const MAX_PATH_LABELS = 127;

/**
 * Decodes the body of a request.
 * @throws Refusal (400) saying which field is wrong
 */
export function decodeEnvelope(body: Uint8Array): Envelope {
  const envelope = new Fields(decodeCbor(body), 'the envelope');
  const content = envelope.map('content');
  const nonce = content.optionalBytes('nonce');
  if (nonce !== undefined && nonce.length > MAX_NONCE_BYTES) {
    throw new Refusal(400, `nonce has ${nonce.length} bytes, more than ${MAX_NONCE_BYTES}`);
  }
  return {
    content: decodeContent(content),
    requestId: hashOfMap(content.values),
    sender: content.principal('sender'),
    ingressExpiryNs: content.natural('ingress_expiry'),
    senderPublicKeyDer: envelope.optionalBytes('sender_pubkey'),
    senderSignature: envelope.optionalBytes('sender_sig'),
    senderDelegations: decodeDelegations(envelope),
  };
}

function decodeCbor(body: Uint8Array): unknown {
  try {
    return Cbor.decode(body);
  } catch (error) {
    throw new Refusal(400, `Could not parse body as CBOR: ${describe(error).split('\n')[0]}`);
  }
}

function decodeContent(content: Fields): CallContent | ReadStateContent {
  const requestType = content.text('request_type');
  switch (requestType) {
    case 'call':
    case 'query':
      return {
        requestType,
        canisterId: content.principal('canister_id'),
        method: content.text('method_name'),
        arg: content.bytes('arg'),
      };
    case 'read_state':
      return { requestType, paths: content.list('paths', MAX_PATHS, decodePath) };
    default:
      throw new Refusal(400, `request_type ${requestType} is not known`);
  }
}

function decodePath(value: unknown): Uint8Array[] {
  if (!Array.isArray(value) || value.length > MAX_PATH_LABELS) {
    throw new Refusal(400, `a path must be a list of at most ${MAX_PATH_LABELS} labels`);
  }
  return value.map((label: unknown) => {
    if (!(label instanceof Uint8Array)) throw new Refusal(400, 'a label of a path must be bytes');
    return label;
  });
}

function decodeDelegations(envelope: Fields): SignedDelegation[] {
  return envelope.optionalList('sender_delegation', MAX_DELEGATIONS, (value) => {
    const signed = new Fields(value, 'a signed delegation');
    const delegation = signed.map('delegation');
    const permissions = delegation.has('permissions') ? delegation.text('permissions') : 'all';
    if (permissions !== 'all' && permissions !== 'queries') {
      throw new Refusal(400, `delegation permissions ${permissions} are not known`);
    }
    return {
      fields: delegation.values,
      publicKeyDer: delegation.bytes('pubkey'),
      expirationNs: delegation.natural('expiration'),
      targets: delegation.has('targets')
        ? delegation.list('targets', MAX_DELEGATION_TARGETS, (target) => toPrincipal(target, 'targets'))
        : undefined,
      permissions,
      signature: signed.bytes('signature'),
    };
  });
}

/** Reads the own fields of a decoded map, refusing what is missing or of another type. */
class Fields {
  readonly values: Readonly<Record<string, unknown>>;
  readonly #name: string;

  constructor(value: unknown, name: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw new Refusal(400, `${name} must be a map`);
    }
    this.values = value as Readonly<Record<string, unknown>>;
    this.#name = name;
  }

  has(field: string): boolean {
    return this.#value(field) !== undefined;
  }

  map(field: string): Fields {
    return new Fields(this.#value(field), field);
  }

  bytes(field: string): Uint8Array {
    const value = this.#value(field);
    if (!(value instanceof Uint8Array)) throw this.#wrong(field, 'bytes');
    return value;
  }

  optionalBytes(field: string): Uint8Array | undefined {
    return this.has(field) ? this.bytes(field) : undefined;
  }

  text(field: string): string {
    const value = this.#value(field);
    if (typeof value !== 'string') throw this.#wrong(field, 'text');
    return value;
  }

  principal(field: string): Principal {
    return toPrincipal(this.#value(field), field);
  }

  natural(field: string): bigint {
    const value = this.#value(field);
    if ((typeof value !== 'number' && typeof value !== 'bigint') || value < 0) {
      throw this.#wrong(field, 'an unsigned integer');
    }
    return BigInt(value);
  }

  list<T>(field: string, maximum: number, decode: (value: unknown) => T): T[] {
    const value = this.#value(field);
    if (!Array.isArray(value) || value.length > maximum) {
      throw this.#wrong(field, `a list of at most ${maximum}`);
    }
    return value.map(decode);
  }

  optionalList<T>(field: string, maximum: number, decode: (value: unknown) => T): T[] {
    return this.has(field) ? this.list(field, maximum, decode) : [];
  }

  // Own fields only: a map's `__proto__` must not supply what the request id does not cover.
  #value(field: string): unknown {
    const value = Object.hasOwn(this.values, field) ? this.values[field] : undefined;
    return value === null ? undefined : value;
  }

  #wrong(field: string, type: string): Refusal {
    return new Refusal(400, `${field} of ${this.#name} must be ${type}`);
  }
}

const MAX_PRINCIPAL_BYTES = 29;

function toPrincipal(value: unknown, field: string): Principal {
  if (!(value instanceof Uint8Array) || value.length > MAX_PRINCIPAL_BYTES) {
    throw new Refusal(400, `${field} must be a principal: at most ${MAX_PRINCIPAL_BYTES} bytes`);
  }
  return Principal.fromUint8Array(value);
}
