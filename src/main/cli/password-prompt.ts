// Asks for a password at the terminal, without showing it.

import { cleanLine } from '../../bridge/clean-text.js';
import { SandpoolError } from '../../bridge/errors.js';
import { needsPassword, type PasswordRequest } from '../identity/password.js';

const LONGEST_PASSWORD_BYTES = 1024;
const LONGEST_NAME = 80;

/** What keys send while the terminal hands them over one by one. */
const KEY = {
  interrupt: 0x03,
  endOfInput: 0x04,
  backspace: 0x08,
  newLine: 0x0a,
  enter: 0x0d,
  eraseLine: 0x15,
  escape: 0x1b,
  delete: 0x7f,
} as const;
const FIRST_PRINTABLE = 0x20;

/**
 * Asks once.
 *
 * @returns the password in UTF-8, for the caller to overwrite
 * @throws IDENTITY_UNUSABLE when there is no terminal; CANCELLED when `signal` aborts, or at Ctrl-C
 */
export async function askPassword(request: PasswordRequest, signal: AbortSignal): Promise<Buffer> {
  const { stdin, stderr } = process;
  const identity = cleanLine(request.identity, LONGEST_NAME);
  if (!stdin.isTTY || !stderr.isTTY) {
    throw needsPassword(
      identity,
      'its key is encrypted with a password, and there is no terminal to ask for it',
    );
  }
  if (request.attempt > 1) stderr.write('that is not the password\n');
  stderr.write(`password of the identity ${identity}: `);
  try {
    return await readHidden(stdin, signal);
  } finally {
    stderr.write('\n');
  }
}

/** Reads one line from a terminal that shows nothing of it. */
async function readHidden(terminal: NodeJS.ReadStream, signal: AbortSignal): Promise<Buffer> {
  const typed = new TypedPassword();
  const listeners = new AbortController();
  terminal.setRawMode(true);
  try {
    return await new Promise((resolve, reject) => {
      const cancel = (): void => reject(new SandpoolError('CANCELLED'));
      const onKeys = (keys: Buffer): void => {
        const outcome = typed.type(keys);
        keys.fill(0);
        if (outcome === 'done') resolve(typed.take());
        else if (outcome === 'cancelled') cancel();
      };
      terminal.on('data', onKeys).on('end', cancel);
      signal.addEventListener('abort', cancel);
      listeners.signal.addEventListener('abort', () => {
        terminal.off('data', onKeys).off('end', cancel);
        signal.removeEventListener('abort', cancel);
      });
      if (signal.aborted) cancel();
    });
  } finally {
    listeners.abort();
    terminal.setRawMode(false);
    // Nothing else of the command reads: it may end.
    terminal.pause();
    typed.clear();
  }
}

/** What has been typed so far. */
class TypedPassword {
  readonly #bytes = Buffer.alloc(LONGEST_PASSWORD_BYTES);
  #length = 0;

  type(keys: Buffer): 'more' | 'done' | 'cancelled' {
    for (const key of keys) {
      switch (key) {
        case KEY.enter:
        case KEY.newLine:
          return 'done';
        case KEY.interrupt:
          return 'cancelled';
        case KEY.endOfInput:
          if (this.#length === 0) return 'cancelled';
          break;
        case KEY.backspace:
        case KEY.delete:
          this.#eraseCharacter();
          break;
        case KEY.eraseLine:
          this.clear();
          break;
        case KEY.escape:
          // An arrow, say: what follows in the same breath belongs to it.
          return 'more';
        default:
          if (key >= FIRST_PRINTABLE && this.#length < this.#bytes.length) {
            this.#bytes[this.#length++] = key;
          }
      }
    }
    return 'more';
  }

  /** A copy, for somebody else to overwrite. */
  take(): Buffer {
    const taken = Buffer.alloc(this.#length);
    this.#bytes.copy(taken, 0, 0, this.#length);
    return taken;
  }

  clear(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  #eraseCharacter(): void {
    const isContinuation = (byte: number | undefined): boolean => ((byte ?? 0) & 0xc0) === 0x80;
    while (this.#length > 0) {
      const last = this.#bytes[--this.#length];
      this.#bytes[this.#length] = 0;
      if (!isContinuation(last)) return;
    }
  }
}
