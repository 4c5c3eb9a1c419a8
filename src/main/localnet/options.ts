// The options of a network: what they are, what they default to, and the checks that turn them into
// something the rest can rely on.
import { Principal } from '@icp-sdk/core/principal';
import { SandpoolError } from '../../bridge/errors.js';

/** The kinds of canisters a network can have; see the files in `canisters/`. */
export const CANISTER_KINDS = ['kv', 'assets', 'proxy', 'test'] as const;

export type CanisterKind = (typeof CANISTER_KINDS)[number];

/** One canister of a network. */
export interface LocalnetCanisterOptions {
  readonly kind: CanisterKind;
  /** A canister id, ending in the bytes 01 01. @default the next one of a fixed sequence */
  readonly id?: string;
  /** Unique in the network. @default the kind, for the second of its kind `<kind>-2`, and so on */
  readonly name?: string;
  /** Principals, or names of canisters of the same network. @default `controllers` of the network */
  readonly controllers?: readonly string[];
  /** Its balance. @default 10_000_000_000_000 */
  readonly cycles?: bigint;
}

/** A request that was answered, as `onRequest` is told of it. */
export interface LocalnetRequest {
  readonly endpoint: 'status' | 'call' | 'query' | 'read_state' | 'unknown';
  /** The canister the request is about, where there is one. */
  readonly canisterId?: string;
  readonly method?: string;
  /** 0 when the connection was dropped without an answer. */
  readonly httpStatus: number;
  readonly durationMs: number;
  /** The kind of the fault that was applied, if one was. */
  readonly fault?: string;
}

/** Options of `startLocalnet`. */
export interface LocalnetOptions {
  /** The address to listen on. @default '127.0.0.1' */
  readonly host?: string;
  /** 0 to 65535; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** All keys follow from it: equal seeds give equal root keys. @default 'sandpool' */
  readonly seed?: string;
  /** @default one canister of each kind */
  readonly canisters?: readonly LocalnetCanisterOptions[];
  /**
   * The controllers of canisters that name none: principals, or names of canisters of the same network.
   * The anonymous principal makes everybody a controller who signs nothing.
   * @default ['2vxsx-fae']
   */
  readonly controllers?: readonly string[];
  /** How long an update waits before it is executed. 0 or more. @default 0 */
  readonly updateLatencyMs?: number;
  /** How long a query waits before it is executed. 0 or more. @default 0 */
  readonly queryLatencyMs?: number;
  /**
   * How long a round lasts. Everything that is to be certified in one round shares one tree and one
   * signature. At 0, a round is one turn of the event loop. @default 0
   */
  readonly roundMs?: number;
  /** How long `v3` and `v4` calls wait for their answer before they say 202. 0 or more. @default 10_000 */
  readonly synchronousCallMs?: number;
  /** Whether certificates are signed by the root key, or by a subnet's key that the root key certified. @default 'root' */
  readonly subnetKey?: 'root' | 'delegated';
  /** Called after each request. What it throws is a defect of the caller and ends the process. */
  readonly onRequest?: (request: LocalnetRequest) => void;
}

/** {@link LocalnetOptions} with nothing left out. */
export interface ResolvedLocalnetOptions {
  readonly host: string;
  readonly port: number;
  readonly seed: string;
  readonly canisters: readonly ResolvedCanisterOptions[];
  readonly updateLatencyMs: number;
  readonly queryLatencyMs: number;
  readonly roundMs: number;
  readonly synchronousCallMs: number;
  readonly subnetKey: 'root' | 'delegated';
  readonly onRequest: (request: LocalnetRequest) => void;
}

/** {@link LocalnetCanisterOptions} with nothing left out. */
export interface ResolvedCanisterOptions {
  readonly kind: CanisterKind;
  readonly id: Principal;
  readonly name: string;
  readonly controllers: readonly Principal[];
  readonly cycles: bigint;
}

const ANONYMOUS = Principal.anonymous().toText();

/** The defaults of {@link LocalnetOptions}. */
export const LOCALNET_DEFAULTS = Object.freeze({
  host: '127.0.0.1',
  port: 0,
  seed: 'sandpool',
  canisters: CANISTER_KINDS.map((kind) => ({ kind })),
  controllers: [ANONYMOUS],
  updateLatencyMs: 0,
  queryLatencyMs: 0,
  roundMs: 0,
  synchronousCallMs: 10_000,
  subnetKey: 'root',
  onRequest: () => {},
}) satisfies Required<LocalnetOptions>;

const DEFAULT_CYCLES = 10_000_000_000_000n;
const FIRST_ALLOTTED_ID = 0x8000_0000_0010_0000n;
const CANISTER_ID_SUFFIX = Buffer.from([1, 1]);
const CANISTER_ID_BYTES = 10;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * `options` checked, with defaults for what is left out.
 * @throws SandpoolError `INVALID_OPTION`, `INVALID_PRINCIPAL`
 */
export function resolveOptions(options: LocalnetOptions): ResolvedLocalnetOptions {
  const given: Required<LocalnetOptions> = { ...LOCALNET_DEFAULTS, ...withoutUndefined(options) };
  for (const name of ['updateLatencyMs', 'queryLatencyMs', 'roundMs', 'synchronousCallMs'] as const) {
    checkNumber(name, given[name], MAX_TIMER_MS);
  }
  checkNumber('port', given.port, 65_535);
  if (given.subnetKey !== 'root' && given.subnetKey !== 'delegated') {
    throw invalid('subnetKey', "'root' or 'delegated'", given.subnetKey);
  }
  return { ...given, canisters: resolveCanisters(given.canisters, given.controllers) };
}

/** The lowest and the highest canister id of the network's one range: every well-formed id lies in it. */
export function canisterRange(): readonly [Principal, Principal] {
  return [canisterIdOf(0n), canisterIdOf(2n ** 64n - 1n)];
}

function resolveCanisters(
  canisters: readonly LocalnetCanisterOptions[],
  defaultControllers: readonly string[],
): ResolvedCanisterOptions[] {
  const names = new Set<string>();
  const ids = new Set(canisters.flatMap((canister) => (canister.id === undefined ? [] : [canister.id])));
  let nextId = FIRST_ALLOTTED_ID;
  const allotId = (): Principal => {
    let id = canisterIdOf(nextId);
    while (ids.has(id.toText())) {
      nextId += 1n;
      id = canisterIdOf(nextId);
    }
    nextId += 1n;
    return id;
  };
  const placed = canisters.map((canister, index) => {
    const option = `canisters[${index}]`;
    if (!CANISTER_KINDS.includes(canister.kind)) {
      throw invalid(`${option}.kind`, `one of ${CANISTER_KINDS.join(', ')}`, canister.kind);
    }
    const name = canister.name ?? freeName(canister.kind, names);
    if (names.has(name)) throw invalid(`${option}.name`, 'unique in the network', name);
    names.add(name);
    const id = canister.id === undefined ? allotId() : canisterIdFromText(`${option}.id`, canister.id);
    return { canister, option, name, id };
  });
  const taken = new Set<string>();
  for (const { id, option } of placed) {
    if (taken.has(id.toText())) throw invalid(`${option}.id`, 'unique in the network', id.toText());
    taken.add(id.toText());
  }
  const byName = new Map(placed.map(({ name, id }) => [name, id]));
  return placed.map(({ canister, option, name, id }) => ({
    kind: canister.kind,
    id,
    name,
    cycles: canister.cycles ?? DEFAULT_CYCLES,
    controllers: (canister.controllers ?? defaultControllers).map(
      (controller) => byName.get(controller) ?? principalFromText(`${option}.controllers`, controller),
    ),
  }));
}

function freeName(kind: string, names: ReadonlySet<string>): string {
  let name = kind;
  for (let count = 2; names.has(name); count += 1) name = `${kind}-${count}`;
  return name;
}

function canisterIdOf(index: bigint): Principal {
  const bytes = Buffer.alloc(CANISTER_ID_BYTES - CANISTER_ID_SUFFIX.length);
  bytes.writeBigUInt64BE(index);
  return Principal.fromUint8Array(Buffer.concat([bytes, CANISTER_ID_SUFFIX]));
}

function canisterIdFromText(option: string, text: string): Principal {
  const id = principalFromText(option, text);
  const bytes = id.toUint8Array();
  if (bytes.length !== CANISTER_ID_BYTES || Buffer.compare(bytes.subarray(8), CANISTER_ID_SUFFIX) !== 0) {
    throw invalid(option, 'the id of a canister: 10 bytes, the last two 01 01', text);
  }
  return id;
}

function principalFromText(subject: string, text: string): Principal {
  try {
    return Principal.fromText(text);
  } catch (cause) {
    throw new SandpoolError('INVALID_PRINCIPAL', { subject, value: text }, { cause });
  }
}

function checkNumber(option: string, value: number, highest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > highest) {
    throw invalid(option, `a whole number from 0 to ${highest}`, value);
  }
}

function invalid(option: string, bound: string, value: unknown): SandpoolError {
  return new SandpoolError('INVALID_OPTION', { option, bound, value: String(value) });
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
