// A sync, for people at a terminal: what goes on is drawn at the bottom of the screen, above it a line stays of each
// canister that is done. What plugins print is passing, and is shown again at the end where it matters.

import { cleanLine } from '../../bridge/clean-text.js';
import type { SyncEvent } from '../sync/sync-events.js';
import type { SyncReport } from '../sync/sync-report.js';
import type { Detail } from './failure.js';
import type { Line } from './line.js';
import { LiveRegion } from './live-region.js';
import { canisterEnd, labelColumns, milestoneLine } from './milestones.js';
import { progressContent } from './progress-lines.js';
import { SpokenLines } from './spoken-lines.js';
import { SyncProgress } from './sync-progress.js';
import { writeEnding } from './sync-summary.js';
import type { SyncView } from './sync-view.js';
import type { Terminal } from './terminal.js';
import { cutEnd, padEnd, widthOf } from './text-width.js';

/** The view for terminals. */
export class LiveView implements SyncView {
  readonly #terminal: Terminal;
  readonly #detail: Detail;
  readonly #progress = new SyncProgress();
  readonly #spoken = new SpokenLines();
  readonly #changed: () => void;
  #labelColumns = 0;

  constructor(terminal: Terminal, detail: Detail) {
    this.#terminal = terminal;
    this.#detail = detail;
    this.#changed = terminal.stderr.beginRegion(LiveRegion, (size) => progressContent(this.#progress, size));
  }

  event(event: SyncEvent): void {
    this.#progress.event(event);
    this.#spoken.event(event);
    if (event.type === 'plan') this.#labelColumns = labelColumns(event);
    if (event.type === 'canister-finished') this.#canisterFinished(event);
    const milestone = milestoneLine(event);
    if (milestone !== undefined) this.#line(milestone);
    this.#changed();
  }

  finish(report: SyncReport): void {
    this.close();
    writeEnding(this.#terminal, report, {
      detail: this.#detail,
      labelColumns: this.#labelColumns,
      remarks: (canister) => this.#spoken.remarks(canister),
      lastLines: (canister) => this.#spoken.last(canister),
    });
  }

  close(): void {
    this.#terminal.stderr.endRegion();
  }

  #canisterFinished(event: Extract<SyncEvent, { type: 'canister-finished' }>): void {
    const label = `${padEnd(event.canister, this.#labelColumns)} | `;
    const { error } = event;
    const end = canisterEnd(event);
    // All of it is told at the end; here, as much as a line holds.
    const why = event.outcome === 'failed' && error !== undefined ? `: ${firstLine(error.message)}` : '';
    const { columns } = this.#terminal.stderr;
    this.#line([label, ...end, cutEnd(why, columns - widthOf(label) - lineWidth(end) - 1)]);
  }

  #line(line: Line): void {
    this.#terminal.stderr.line(line);
  }
}

/** More than a terminal is wide. */
const LONGEST_REASON = 1_000;

function lineWidth(line: Exclude<Line, string>): number {
  return line.reduce((width, piece) => width + widthOf(typeof piece === 'string' ? piece : piece[1]), 0);
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return cleanLine(line, LONGEST_REASON);
}
