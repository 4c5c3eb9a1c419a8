// wasi:cli: no environment, no arguments, no input, no terminal; two outputs and a way to end early.

import type * as environment from '@bytecodealliance/preview2-shim/interfaces/wasi-cli-environment';
import type { WasiContext } from './context.js';
import type { ByteSource, InputStream, StreamClasses } from './input-stream.js';
import type { OutputStream } from './output-stream.js';
import type { Hosted, Result } from './result.js';

/** The stream classes of this run. */
export interface StdioClasses extends StreamClasses {
  readonly InputStream: new (
    context: WasiContext,
    classes: StreamClasses,
    source?: ByteSource,
  ) => InputStream;
  readonly OutputStream: new (
    context: WasiContext,
    classes: StreamClasses,
    sink: WasiContext['host']['stdout'],
  ) => OutputStream;
}

/** The functions of `wasi:cli/environment`. */
export function createEnvironment(): Hosted<typeof environment> {
  return { getEnvironment: () => [], getArguments: () => [], initialCwd: () => undefined };
}

/** The functions of `wasi:cli/exit`. */
export function createExit(context: WasiContext): {
  exit(status: Result<unknown, unknown>): never;
  exitWithCode(status: number): never;
} {
  return {
    exit: (status) => context.exit(status.tag === 'ok' ? 0 : 1),
    exitWithCode: (status) => context.exit(status),
  };
}

/** The functions of `wasi:cli/stdin`, `stdout` and `stderr`. Each call makes a stream of its own. */
export function createStdio(
  context: WasiContext,
  classes: StdioClasses,
): {
  stdin: { getStdin(): InputStream };
  stdout: { getStdout(): OutputStream };
  stderr: { getStderr(): OutputStream };
} {
  const { host } = context;
  return {
    stdin: {
      getStdin() {
        if (!context.handles.take('stream')) context.trap('too many streams held open');
        return new classes.InputStream(context, classes);
      },
    },
    stdout: { getStdout: () => new classes.OutputStream(context, classes, host.stdout) },
    stderr: { getStderr: () => new classes.OutputStream(context, classes, host.stderr) },
  };
}

/** `wasi:cli/terminal-input`: never made, since nothing here is a terminal. */
export class TerminalInput {}

/** `wasi:cli/terminal-output`: never made, since nothing here is a terminal. */
export class TerminalOutput {}

/** The functions of `wasi:cli/terminal-stdin`, `terminal-stdout` and `terminal-stderr`. */
export const TERMINALS = {
  stdin: { getTerminalStdin: () => undefined },
  stdout: { getTerminalStdout: () => undefined },
  stderr: { getTerminalStderr: () => undefined },
} as const;
