// How a sync is shown: to programs as events, to people as lines, and on a terminal with what goes on drawn below them.

import type { SyncEvent } from '../sync/sync-events.js';
import type { SyncReport } from '../sync/sync-report.js';
import type { Detail } from './failure.js';
import type { Terminal } from './terminal.js';

/** Shows a sync. */
export interface SyncView {
  /** What happens, as it happens. */
  event(event: SyncEvent): void;
  /** What it came to. */
  finish(report: SyncReport): void;
  /** Stops whatever is still going to be drawn. Idempotent. */
  close(): void;
}

/** What is wanted of a view. */
export interface SyncViewOptions {
  readonly json?: true | undefined;
  /** Also logs to stderr, which nothing can be drawn over. */
  readonly debug?: true | undefined;
}

/** The view for a terminal and what is wanted. */
export async function syncView(terminal: Terminal, { json, debug }: SyncViewOptions): Promise<SyncView> {
  if (json === true) return new JsonView(terminal);
  const detail: Detail = debug === true ? 'stack' : 'message';
  if (terminal.stderr.live && debug !== true) {
    const { LiveView } = await import('./live-view.js');
    return new LiveView(terminal, detail);
  }
  const { PlainView } = await import('./plain-view.js');
  return new PlainView(terminal, detail);
}

/** The view for programs: the events themselves. */
class JsonView implements SyncView {
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
