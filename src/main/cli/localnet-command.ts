// `sandpool localnet`: starts an embedded network, says how to reach it, and runs until interrupted.

import { SandpoolError } from '../../bridge/errors.js';
import {
  CANISTER_KINDS,
  type CanisterKind,
  type LocalnetCanisterOptions,
  startLocalnet,
} from '../localnet/index.js';
import { interrupted, listenForInterruption } from './interruption.js';
import type { Terminal } from './terminal.js';

/** The options of the command, as parsed. */
export interface LocalnetCommandOptions {
  readonly port?: number;
  readonly seed?: string;
  readonly canister?: readonly string[];
  readonly updateLatencyMs?: number;
  readonly queryLatencyMs?: number;
  readonly roundMs?: number;
  readonly json?: true;
}

/**
 * Runs the command.
 * @returns the exit code
 * @throws SandpoolError INVALID_OPTION, LISTEN_FAILED
 */
export async function localnetCommand(
  { canister, json, port, seed, updateLatencyMs, queryLatencyMs, roundMs }: LocalnetCommandOptions,
  { stdout, stderr }: Terminal,
): Promise<number> {
  using interruption = listenForInterruption();
  await using localnet = await startLocalnet({
    ...(port === undefined ? {} : { port }),
    ...(seed === undefined ? {} : { seed }),
    ...(canister === undefined ? {} : { canisters: canister.map(canisterOption) }),
    ...(updateLatencyMs === undefined ? {} : { updateLatencyMs }),
    ...(queryLatencyMs === undefined ? {} : { queryLatencyMs }),
    ...(roundMs === undefined ? {} : { roundMs }),
  });
  const { url, rootKeyHex: rootKey, canisters } = localnet;
  if (json === true) {
    stdout.json({ time: new Date().toISOString(), type: 'localnet', url, rootKey, canisters });
  } else {
    stdout.line(`url       ${url}`);
    stdout.line(`root key  ${rootKey}`);
    const width = Math.max(0, ...canisters.map(({ name }) => name.length));
    for (const { name, id, kind } of canisters)
      stdout.line(`canister  ${name.padEnd(width)}  ${id}  (${kind})`);
    stderr.line([['dim', 'running until interrupted']]);
  }
  await interrupted(interruption);
  return 0;
}

function canisterOption(text: string): LocalnetCanisterOptions {
  const [kind = '', ...rest] = text.split(':');
  if (!isCanisterKind(kind)) {
    throw new SandpoolError('INVALID_OPTION', {
      option: '--canister',
      bound: `KIND or KIND:NAME, where KIND is one of ${CANISTER_KINDS.join(', ')}`,
      value: JSON.stringify(text),
    });
  }
  return rest.length === 0 ? { kind } : { kind, name: rest.join(':') };
}

function isCanisterKind(text: string): text is CanisterKind {
  return CANISTER_KINDS.some((kind) => kind === text);
}
