// Ids that sort by when they were made: UUID version 7, RFC 9562 section 6.2 method 1 (a counter within the
// millisecond), so that the order holds also when the clock is set back.

import { randomBytes } from 'node:crypto';

const LARGEST_COUNTER = 0xfff;

/** Whether `text` has the shape of an id. */
export function isIdentifier(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text);
}

/** Makes ids, each greater than all before. */
export class Identifiers {
  readonly #now: () => number;
  #lastMs = 0;
  #counter = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes further ids greater than `id`, one that was made before this process began. */
  continueAfter(id: string): void {
    const milliseconds = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    if (milliseconds >= this.#lastMs) {
      this.#lastMs = milliseconds;
      this.#counter = LARGEST_COUNTER;
    }
  }

  next(): string {
    const nowMs = this.#now();
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#counter = 0;
    } else if (this.#counter < LARGEST_COUNTER) {
      this.#counter += 1;
    } else {
      this.#lastMs += 1;
      this.#counter = 0;
    }
    const random = randomBytes(8);
    random[0] = 0x80 | ((random[0] ?? 0) & 0x3f);
    const time = this.#lastMs.toString(16).padStart(12, '0');
    const counter = this.#counter.toString(16).padStart(3, '0');
    const tail = random.toString('hex');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  }
}
