// Runs a hostile guest while others go about their work on the same pool, and checks afterwards that they noticed
// nothing and that nothing of it is left.

import { expect } from 'vitest';
import type { CanisterCallRequest, HostFunctions } from '#src/bridge/host-functions.js';
import {
  type FileInput,
  type RunInput,
  type RunLimits,
  type RunResult,
  SandboxPool,
} from '#src/main/index.js';
import { buildGuest, buildGuestFrom } from '../../../fixtures/guests.mjs';
import { TRANSLATIONS } from '../../support/translations.js';

/** A guest: the name of one in fixtures/wat/, or a text as those are. */
export type Guest = string;

/** What a hostile guest is given. */
export interface Attack {
  readonly interface?: '0.1' | '0.2';
  /** The first declared file. */
  readonly file?: string;
  readonly environment?: string;
  readonly field?: string;
  readonly canister?: string;
  /** A host directory that the guest sees as `data`. */
  readonly directory?: string;
  readonly limits?: Partial<RunLimits>;
  readonly signal?: AbortSignal;
  readonly host?: Partial<HostFunctions>;
  readonly onStarted?: () => void;
}

/** What came of it. */
export interface Outcome {
  readonly result: RunResult;
  /** `ok`, the plugin's own error after `error: `, or the code of any other. */
  readonly ending: string;
  /** The message of the error, or nothing. */
  readonly message: string;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly calls: readonly CanisterCallRequest[];
}

/** Runs that go on beside each attack. */
const BYSTANDERS = 2;

const BYSTANDER = `;; Prints the environment, makes a query, and prints the reply after the canister has answered.

(func $run (result i32)
  (call $print (call $environment))
  (if (call $query (text "count") (text "DIDL\\00\\00")) (then (return (call $error (call $reply)))))
  (call $print (call $reply))
  (call $ok))
`;

const built = new Map<string, Promise<Uint8Array>>();

/** The component of a guest, built once in a test file. */
export function componentOf(guest: Guest, line: '0.1' | '0.2' = '0.1'): Promise<Uint8Array> {
  const key = `${line} ${guest}`;
  const building =
    built.get(key) ?? (guest.startsWith(';;') ? buildGuestFrom(guest, line) : buildGuest(guest, line));
  built.set(key, building);
  return building;
}

/** Prepares guests beforehand, so that a test measures what they do and not their translation. */
export async function prepareAll(pool: SandboxPool, guests: readonly Guest[]): Promise<void> {
  await Promise.all(
    [BYSTANDER, ...guests].map(async (guest) => pool.prepare({ bytes: await componentOf(guest) })),
  );
}

/** A pool for attacks: with room for the bystanders. */
export function attackedPool(limits: Partial<RunLimits> = {}): Promise<SandboxPool> {
  return SandboxPool.create({
    cacheFolder: TRANSLATIONS,
    maxThreads: 4,
    minThreads: BYSTANDERS + 1,
    limits: { computeBudgetMs: 10_000, ...limits },
  });
}

/**
 * Runs `guest`, with bystanders that are answered once it is under way. Fails unless they end well, having printed
 * what is theirs and nothing else, and the pool has its threads back.
 */
export async function attack(pool: SandboxPool, guest: Guest, given: Attack = {}): Promise<Outcome> {
  const bytes = await componentOf(guest, given.interface);
  const plugin = await pool.prepare({ bytes });
  const bystander = await pool.prepare({ bytes: await componentOf(BYSTANDER) });
  let underWay: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    underWay = resolve;
  });
  const bystanders = Array.from({ length: BYSTANDERS }, async (_, number) => {
    const environment = `bystander-${number}`;
    const lines: string[] = [];
    const result = await pool.run(
      bystander,
      { canisterId: environment, environment, identityPrincipal: '2vxsx-fae' },
      {
        host: {
          canisterCall: async () => {
            await begun;
            return { tag: 'ok', val: Buffer.from(` answered ${number}`) };
          },
          canisterMetadataSection: async () => ({ tag: 'ok', val: undefined }),
        },
        onEvent: (event) => event.type === 'output' && lines.push(event.line),
      },
    );
    return { result, lines, expected: [`${environment} answered ${number}`] };
  });
  const outcome = await run(pool, plugin, given, underWay);
  underWay();
  for (const { result, lines, expected } of await Promise.all(bystanders)) {
    expect(result).toMatchObject({ ok: true });
    expect(lines).toEqual(expected);
  }
  expect(pool.stats()).toMatchObject({ running: 0, queued: 0, stuckThreads: 0 });
  return outcome;
}

async function run(
  pool: SandboxPool,
  plugin: Awaited<ReturnType<SandboxPool['prepare']>>,
  given: Attack,
  underWay: () => void,
): Promise<Outcome> {
  const seen = { stdout: [] as string[], stderr: [] as string[], calls: [] as CanisterCallRequest[] };
  const { canisterCall, canisterMetadataSection } = given.host ?? {};
  const result = await pool.run(plugin, inputOf(given), {
    host: {
      canisterCall: async (request, context) => {
        seen.calls.push(request);
        return canisterCall?.(request, context) ?? { tag: 'ok', val: new Uint8Array([7]) };
      },
      canisterMetadataSection: async (request, context) =>
        canisterMetadataSection?.(request, context) ?? { tag: 'ok', val: undefined },
    },
    ...(given.limits === undefined ? {} : { limits: given.limits }),
    ...(given.signal === undefined ? {} : { signal: given.signal }),
    onEvent: (event) => {
      if (event.type === 'output') {
        seen[event.stream].push(event.line);
        return;
      }
      underWay();
      given.onStarted?.();
    },
  });
  const message = result.ok ? '' : result.error.message;
  return { ...seen, result, message, ending: endingOf(result) };
}

function endingOf(result: RunResult): string {
  if (result.ok) return 'ok';
  return result.error.code === 'PLUGIN_FAILED' ? `error: ${result.error.message}` : result.error.code;
}

function inputOf({
  file,
  environment = 'hostile',
  field,
  directory,
  canister = 'aaaaa-aa',
}: Attack): RunInput {
  const files: FileInput[] = file === undefined ? [] : [{ key: 'input', name: 'input.txt', content: file }];
  return {
    canisterId: canister,
    environment,
    identityPrincipal: '2vxsx-fae',
    files,
    ...(field === undefined ? {} : { fields: [{ name: 'subject', value: field }] }),
    ...(directory === undefined
      ? {}
      : { directories: [{ key: 'data', guestPath: 'data', root: directory, path: '.' }] }),
    apiUrl: 'http://127.0.0.1:4943/',
  };
}
