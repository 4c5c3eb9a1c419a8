// What a run printed, as lines; and notes of what is missing among them.

import type { ServiceEvent } from '../../api/events.js';

/** A line of a log. */
export interface LogLine {
  readonly timeMs: number;
  readonly source: 'stdout' | 'stderr' | 'note';
  /** Grows while the line goes on. */
  text: string;
}

const MOST_LINES = 50_000;

/** The lines of one run, the latest of them. */
export class RunLog {
  readonly #most: number;
  #lines: LogLine[] = [];
  #dropped = 0;
  /** Lines that go on in the next output of their stream. */
  readonly #unfinished = new Map<LogLine['source'], LogLine>();

  constructor(most: number = MOST_LINES) {
    this.#most = most;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** How many lines were left out at the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  apply(event: ServiceEvent): void {
    const timeMs = Date.parse(event.time);
    if (event.type === 'output') this.#addOutput(event, timeMs);
    if (event.type === 'events-lost') {
      const were = event.count === 1 ? '1 event was' : `${event.count} events were`;
      this.#add({ timeMs, source: 'note', text: `${were} not kept: too many came at once` });
    }
  }

  #addOutput({ stream, lines, partial }: Extract<ServiceEvent, { type: 'output' }>, timeMs: number): void {
    for (const text of lines) {
      const unfinished = this.#unfinished.get(stream);
      if (unfinished === undefined) {
        this.#add({ timeMs, source: stream, text });
      } else {
        unfinished.text += text;
        this.#unfinished.delete(stream);
      }
    }
    const last = this.#lines.findLast(({ source }) => source === stream);
    if (partial === true && last !== undefined) this.#unfinished.set(stream, last);
  }

  #add(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length < this.#most * 1.1) return;
    this.#dropped += this.#lines.length - this.#most;
    this.#lines = this.#lines.slice(-this.#most);
  }
}
