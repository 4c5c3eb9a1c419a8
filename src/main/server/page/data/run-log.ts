// What a run printed, as lines; and notes of what is missing among them.

import type { ServiceEvent } from '../../api/events.js';

/** A line of a log. */
export interface LogLine {
  readonly timeMs: number;
  readonly source: 'stdout' | 'stderr' | 'note';
  readonly text: string;
}

const MOST_LINES = 50_000;

/** The lines of one run, the latest 50,000 of them. */
export class RunLog {
  #lines: LogLine[] = [];
  #dropped = 0;

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** How many lines were left out at the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  apply(event: ServiceEvent): void {
    const timeMs = Date.parse(event.time);
    if (event.type === 'output')
      for (const text of event.lines) this.#add({ timeMs, source: event.stream, text });
    if (event.type === 'events-lost') {
      const were = event.count === 1 ? '1 event was' : `${event.count} events were`;
      this.#add({ timeMs, source: 'note', text: `${were} not kept: too many came at once` });
    }
  }

  #add(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length < MOST_LINES * 1.1) return;
    this.#dropped += this.#lines.length - MOST_LINES;
    this.#lines = this.#lines.slice(-MOST_LINES);
  }
}
