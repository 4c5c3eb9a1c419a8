// A sync, for people where nothing can be drawn over: one line after another as things happen, each with its canister in
// front. Progress goes to stderr, the table to stdout.

import type { SyncEvent } from '../sync/sync-events.js';
import type { SyncReport } from '../sync/sync-report.js';
import type { Detail } from './failure.js';
import { Heartbeat } from './heartbeat.js';
import type { Line, Look } from './line.js';
import { canisterEnd, labelColumns, milestoneLine } from './milestones.js';
import { SpokenLines } from './spoken-lines.js';
import { writeEnding } from './sync-summary.js';
import type { SyncView } from './sync-view.js';
import type { Terminal } from './terminal.js';
import { padEnd } from './text-width.js';

/** The view for logs and pipes. */
export class PlainView implements SyncView {
  readonly #terminal: Terminal;
  readonly #detail: Detail;
  readonly #heartbeat: Heartbeat;
  readonly #spoken = new SpokenLines();
  /** How many steps each canister has. */
  readonly #steps = new Map<string, number>();
  #labelColumns = 0;

  constructor(terminal: Terminal, detail: Detail) {
    this.#terminal = terminal;
    this.#detail = detail;
    this.#heartbeat = new Heartbeat((canister, text) => this.#say(canister, 'dim', text));
  }

  event(event: SyncEvent): void {
    this.#heartbeat.event(event);
    this.#spoken.event(event);
    switch (event.type) {
      case 'plan':
        for (const { canister, steps } of event.canisters) this.#steps.set(canister, steps.length);
        this.#labelColumns = labelColumns(event);
        break;
      case 'step-started':
        this.#say(event.canister, 'dim', `${this.#stepLabel(event)}${event.label}`);
        break;
      case 'output':
        if (event.stream === 'stdout') this.#say(event.canister, 'dim', event.line);
        else this.#line([this.#label(event.canister), ['yellow', '! '], event.line]);
        break;
      case 'canister-finished':
        this.#line([this.#label(event.canister), '| ', ...canisterEnd(event)]);
        break;
      default:
    }
    const milestone = milestoneLine(event);
    if (milestone !== undefined) this.#line(milestone);
  }

  finish(report: SyncReport): void {
    this.close();
    const spoken = this.#spoken;
    writeEnding(this.#terminal, report, {
      detail: this.#detail,
      labelColumns: this.#labelColumns,
      remarks: (canister) => spoken.remarks(canister),
      lastLines: () => ({ lines: [], earlier: 0 }),
    });
  }

  close(): void {
    this.#heartbeat.close();
  }

  #stepLabel({ canister, step }: Extract<SyncEvent, { type: 'step-started' }>): string {
    const steps = this.#steps.get(canister) ?? 1;
    return steps === 1 ? 'running ' : `step ${step} of ${steps}: `;
  }

  #say(canister: string | undefined, look: Look, text: string): void {
    this.#line(canister === undefined ? [[look, text]] : [this.#label(canister), '| ', [look, text]]);
  }

  #label(canister: string): string {
    return `${padEnd(canister, this.#labelColumns)} `;
  }

  #line(line: Line): void {
    this.#terminal.stderr.line(line);
  }
}
