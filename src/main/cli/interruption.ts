// Ctrl-C and its kin: the first asks the command to end in order, the second ends the process at once.

/** The signals that end a command. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What an interruption looks like to who waits for it. */
export interface Interruption extends Disposable {
  /** Aborts at the first signal; its reason says which. */
  readonly signal: AbortSignal;
}

/** What is to be done at a signal, at once. */
export interface InterruptionListeners {
  readonly onFirst?: (signalName: string) => void;
  /** The last that is done before the process is gone. */
  readonly onSecond?: () => void;
}

/**
 * Listens for signals until disposed. The second one kills the process: unlike `process.exit()`, that cannot hang on a
 * thread that does not end, and who waits for the process can tell it from the first.
 */
export function listenForInterruption({ onFirst, onSecond }: InterruptionListeners = {}): Interruption {
  const controller = new AbortController();
  const listener = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      stopListening();
      try {
        onSecond?.();
      } finally {
        process.kill(process.pid, 'SIGKILL');
      }
      return;
    }
    onFirst?.(name);
    controller.abort(new Error(`interrupted by ${name}`));
  };
  const stopListening = (): void => {
    for (const name of SIGNALS) process.removeListener(name, listener);
  };
  for (const name of SIGNALS) process.on(name, listener);
  return { signal: controller.signal, [Symbol.dispose]: stopListening };
}

/** Resolves at the first signal. */
export function interrupted({ signal }: Interruption): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** How long a command that is done waits for what keeps the process alive, in milliseconds. */
const LEAVE_MS = 5_000;

/**
 * Lets the process end with `exitCode`. Nothing should keep it; a thread stuck in the system could, and
 * `process.exit()` would wait for that one as well, so the last resort is a signal that asks nobody.
 */
export function leaveWith(exitCode: number): void {
  process.exitCode = exitCode;
  // Nothing is left to do and no thread is left to wait for: the process ends without first taking its heap apart.
  process.once('beforeExit', () => process.exit());
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LEAVE_MS).unref();
}
