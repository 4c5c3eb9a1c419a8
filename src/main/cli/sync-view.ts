// A sync, for people: one line after another as things happen, each with its canister in front, and at the end a
// table, what the plugins said on stderr, and the failures last. Progress goes to stderr, the table to stdout.

import type { SyncEvent } from '../sync/sync-events.js';
import type { CanisterReport, SyncReport } from '../sync/sync-report.js';
import type { Detail } from './failure.js';
import { Heartbeat } from './heartbeat.js';
import { writeFailures, writeSummary } from './sync-summary.js';
import type { Line, Look, Terminal } from './terminal.js';
import { counted, duration } from './units.js';

/** Shows a sync. */
export interface SyncView {
  /** What happens, as it happens. */
  event(event: SyncEvent): void;
  /** What it came to. */
  finish(report: SyncReport): void;
  /** Stops whatever is still going to be drawn. Idempotent. */
  close(): void;
}

const LONGEST_LABEL = 24;

/** The view for people. */
export class HumanView implements SyncView {
  readonly #terminal: Terminal;
  readonly #detail: Detail;
  readonly #heartbeat: Heartbeat;
  /** What each canister's plugins wrote to stderr. */
  readonly #remarks = new Map<string, string[]>();
  /** How many steps each canister has. */
  readonly #steps = new Map<string, number>();
  #labelWidth = 0;
  #total = 0;
  #finished = 0;
  readonly #running = new Set<string>();

  constructor(terminal: Terminal, detail: Detail) {
    this.#terminal = terminal;
    this.#detail = detail;
    this.#heartbeat = new Heartbeat((canister, text) => this.#say(canister, 'dim', text));
  }

  event(event: SyncEvent): void {
    this.#heartbeat.event(event);
    switch (event.type) {
      case 'plan': {
        const { canisters, environment, network, url, identity } = event;
        this.#total = canisters.length;
        for (const { canister, steps } of canisters) this.#steps.set(canister, steps.length);
        const names = canisters.map(({ canister }) => canister.length);
        this.#labelWidth = Math.min(LONGEST_LABEL, Math.max(0, ...names));
        const what = counted(canisters.length, 'canister');
        const where = `environment ${environment}, network ${network} at ${url}`;
        this.#line([['dim', `syncing ${what} (${where}) as ${identity}`]]);
        break;
      }
      case 'warning':
        this.#line([['yellow', 'warning'], `: ${event.message}`]);
        break;
      case 'step-started':
        this.#running.add(event.canister);
        this.#say(event.canister, 'dim', `${this.#stepLabel(event)}${event.label}`);
        break;
      case 'output':
        this.#output(event);
        break;
      case 'step-finished':
        this.#running.delete(event.canister);
        break;
      case 'canister-finished':
        this.#finished += 1;
        this.#canisterFinished(event);
        break;
      case 'cancelling':
        this.#line([
          ['yellow', 'cancelling'],
          `: ${event.reason}; updates under way are followed to their end`,
        ]);
        break;
      default:
    }
    this.#showProgress();
  }

  finish(report: SyncReport): void {
    this.close();
    const { stdout, stderr } = this.#terminal;
    this.#repeatRemarks(report.canisters);
    if (stdout.live) stdout.line();
    writeSummary(stdout, report);
    writeFailures(stderr, report, this.#detail);
  }

  close(): void {
    this.#heartbeat.close();
    this.#terminal.stderr.status('');
  }

  #output({ canister, stream, line }: Extract<SyncEvent, { type: 'output' }>): void {
    if (stream === 'stdout') {
      this.#say(canister, 'dim', line);
      return;
    }
    const remarks = this.#remarks.get(canister) ?? [];
    this.#remarks.set(canister, remarks);
    remarks.push(line);
    this.#line([this.#label(canister), ['yellow', '! '], line]);
  }

  #canisterFinished(event: Extract<SyncEvent, { type: 'canister-finished' }>): void {
    const { canister, outcome, error, durationMs } = event;
    const label = this.#label(canister);
    if (outcome === 'synced') this.#line([label, '| ', ['green', `synced in ${duration(durationMs)}`]]);
    else if (outcome === 'failed') this.#line([label, '| ', ['red', `failed: ${error?.code ?? ''}`]]);
    else this.#line([label, '| ', ['yellow', outcome]]);
  }

  /** On success, what was said on stderr is worth more than a place in the scroll. */
  #repeatRemarks(canisters: readonly CanisterReport[]): void {
    const { stderr } = this.#terminal;
    const said = canisters.filter(({ name, outcome }) => outcome === 'synced' && this.#remarks.has(name));
    if (said.length === 0) return;
    stderr.line();
    stderr.line([['bold', 'messages of the plugins']]);
    for (const { name } of said) {
      for (const line of this.#remarks.get(name) ?? [])
        stderr.line([this.#label(name), ['yellow', '! '], line]);
    }
  }

  #stepLabel({ canister, step }: Extract<SyncEvent, { type: 'step-started' }>): string {
    const steps = this.#steps.get(canister) ?? 1;
    return steps === 1 ? 'running ' : `step ${step} of ${steps}: `;
  }

  #showProgress(): void {
    if (this.#total === 0) return;
    const done = `${this.#finished} of ${this.#total} canisters done`;
    this.#terminal.stderr.status(
      this.#finished === this.#total ? '' : `${done}, ${this.#running.size} running`,
    );
  }

  #say(canister: string | undefined, look: Look, text: string): void {
    this.#line(canister === undefined ? [[look, text]] : [this.#label(canister), '| ', [look, text]]);
  }

  #label(canister: string): string {
    return `${canister.padEnd(this.#labelWidth)} `;
  }

  #line(line: Line): void {
    this.#terminal.stderr.line(line);
  }
}

/** The view for programs: the events themselves. */
export class JsonView implements SyncView {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: SyncEvent): void {
    this.#terminal.stdout.json(event);
  }

  finish(): void {}

  close(): void {}
}
