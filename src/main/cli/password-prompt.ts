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
/** What may follow ESC and begin more than one character. */
const SEQUENCES = Buffer.from('[O');
const FIRST_FINAL = 0x40;

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
  const repeated = request.attempt > 1 ? 'that is not the password\n' : '';
  return readHidden(`${repeated}password of the identity ${identity}: `, stdin, stderr, signal);
}

/** Reads one line from a terminal that shows nothing of it. */
async function readHidden(
  prompt: string,
  terminal: NodeJS.ReadStream,
  screen: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<Buffer> {
  const typed = new TypedPassword();
  const listeners = new AbortController();
  // Before anybody can know that it is time to type.
  terminal.setRawMode(true);
  screen.write(prompt);
  try {
    return await new Promise((resolve, reject) => {
      const cancel = (): void => reject(new SandpoolError('CANCELLED'));
      const onKeys = (keys: Buffer): void => {
        const outcome = typed.type(keys);
        keys.fill(0);
        if (outcome === 'done') resolve(typed.take());
        else if (outcome === 'cancelled') cancel();
      };
      terminal.on('data', onKeys).on('end', cancel).resume();
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
    screen.write('\n');
  }
}

/** What has been typed so far. */
class TypedPassword {
  readonly #bytes = Buffer.alloc(LONGEST_PASSWORD_BYTES);
  #length = 0;
  /** Inside of what a key without a character sends, such as an arrow: ESC, then `[`, then up to a letter or `~`. */
  #escape: 'no' | 'begun' | 'in sequence' = 'no';

  type(keys: Buffer): 'more' | 'done' | 'cancelled' {
    for (const key of keys) {
      if (this.#belongsToEscape(key)) continue;
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
          this.#escape = 'begun';
          break;
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

  #belongsToEscape(key: number): boolean {
    if (this.#escape === 'no' || key < FIRST_PRINTABLE) {
      this.#escape = 'no';
      return false;
    }
    const continues = this.#escape === 'begun' ? SEQUENCES.includes(key) : key < FIRST_FINAL;
    this.#escape = continues ? 'in sequence' : 'no';
    return true;
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
