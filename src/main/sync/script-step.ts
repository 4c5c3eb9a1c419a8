// Runs the commands of a script step, one after another until one fails, as icp-cli does: each by `sh -c` in the
// canister's folder, with its own environment added to the one inherited.

import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { OutputStream } from '../../bridge/messages.js';
import { quoted } from '../project/shown-text.js';
import { LineSplitter } from './line-splitter.js';
import type { PlannedScript } from './plan.js';
import { endProcessTree, hasExited } from './process-tree.js';

/** What a script runs in. */
export interface ScriptContext {
  /** Absolute path. */
  readonly folder: string;
  /** Ends the commands. */
  readonly signal: AbortSignal;
  /** For all commands together, in milliseconds; absent for no limit. */
  readonly wallTimeMs?: number | undefined;
  readonly onLine: (stream: OutputStream, line: string) => void;
}

/**
 * Runs a script step.
 * @throws SandpoolError SCRIPT_FAILED, WALL_TIME_EXCEEDED, CANCELLED
 */
export async function runScript(
  { commands, variables }: PlannedScript,
  context: ScriptContext,
): Promise<void> {
  const { wallTimeMs, signal } = context;
  const deadline = Number.isFinite(wallTimeMs) ? AbortSignal.timeout(wallTimeMs ?? 0) : undefined;
  const stop = deadline === undefined ? signal : AbortSignal.any([signal, deadline]);
  for (const command of commands) {
    if (command.trim() === '') throw failed(command, 'is empty');
    const ending = stop.aborted
      ? undefined
      : await runCommand(command, variables, { ...context, signal: stop });
    if (signal.aborted) throw new SandpoolError('CANCELLED');
    if (deadline?.aborted) throw new SandpoolError('WALL_TIME_EXCEEDED', { limitMs: wallTimeMs ?? 0 });
    if (ending !== undefined) throw failed(command, ending);
  }
}

/** @returns how it ended, unless it succeeded, in words that follow "the command" */
function runCommand(
  command: string,
  variables: PlannedScript['variables'],
  { folder, signal, onLine }: ScriptContext,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(shell(), ['-c', command], {
        cwd: folder,
        env: { ...process.env, ...variables },
        stdio: ['inherit', 'pipe', 'pipe'],
      });
    } catch (error) {
      // Some failures are thrown and not told as an event: a command too long for the system, for one.
      resolve(`cannot be run: ${(error as NodeJS.ErrnoException).code ?? describe(error)}`);
      return;
    }
    const splitters = (['stdout', 'stderr'] as const).map((stream) => {
      const splitter = new LineSplitter((line) => onLine(stream, line));
      child[stream]?.on('data', (bytes: Buffer) => splitter.push(bytes));
      return splitter;
    });
    const end = (): void => {
      if (hasExited(child)) settle(undefined);
      else endProcessTree(child);
    };
    signal.addEventListener('abort', end, { once: true });
    const settle = (ending: string | undefined): void => {
      signal.removeEventListener('abort', end);
      for (const output of [child.stdout, child.stderr]) letGo(output);
      for (const splitter of splitters) splitter.end();
      resolve(ending);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      settle(`cannot be run: ${error.code ?? error.message}`),
    );
    // Not at its exit: what it has printed may still be on the way. But what it left running in the background may
    // hold its output open for ever, so when it was ended, its exit is enough.
    child.once('exit', () => {
      if (signal.aborted) settle(undefined);
    });
    child.once('close', (code, signalName) =>
      settle(
        code === 0
          ? undefined
          : code === null
            ? `was ended by ${signalName}`
            : `failed with exit code ${code}`,
      ),
    );
  });
}

/** What the command left running may hold the other end: it is heard no more, and does not keep this process. */
function letGo(output: Readable | null): void {
  output?.removeAllListeners('data').resume();
  if (output instanceof Socket) output.unref();
}

function failed(command: string, reason: string): SandpoolError {
  return new SandpoolError('SCRIPT_FAILED', { command: quoted(command), reason });
}

/** As icp-cli: on Windows it needs a bash, which its own variable may name. */
function shell(): string {
  return process.platform === 'win32' ? (process.env['ICP_CLI_BASH_PATH'] ?? 'bash') : 'sh';
}
