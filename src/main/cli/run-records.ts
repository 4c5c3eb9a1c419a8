// What a command writes down of a sync beside showing it: the report that was asked for, the project's last report, and
// the trace. Whatever is written is whole, however the command ends.

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import { lastReportFile, readLastReport, unsynced } from '../sync/last-report.js';
import type { SyncPlan } from '../sync/plan.js';
import { ReportRecorder } from '../sync/report-recorder.js';
import type { SyncEvent } from '../sync/sync-events.js';
import { TraceFile } from '../sync/trace-file.js';
import { TraceRecorder } from '../sync/trace-recorder.js';
import { WrittenFile } from '../sync/written-file.js';
import { packageVersion } from './package-version.js';

/** What is to be written, and of which command. */
export interface RunRecordsOptions {
  readonly command: 'sync' | 'run';
  /** The file of the report. */
  readonly report?: string | undefined;
  /** The file of the trace. */
  readonly trace?: string | undefined;
}

/** The records of one command. */
export class RunRecords {
  readonly #options: RunRecordsOptions;
  readonly #recorder: ReportRecorder;
  readonly #report: WrittenFile | undefined;
  readonly #traceFile: TraceFile | undefined;
  readonly #trace: TraceRecorder | undefined;
  #plan: SyncPlan | undefined;
  #leftOver: readonly string[] = [];
  #closed = false;

  /**
   * Finds out whether the files can be written.
   * @throws SandpoolError OUTPUT_UNWRITABLE
   */
  constructor(options: RunRecordsOptions) {
    this.#options = options;
    const version = packageVersion();
    this.#recorder = new ReportRecorder({ command: options.command, version });
    if (options.report !== undefined) {
      this.#report = new WrittenFile(options.report);
      this.#report.check();
    }
    if (options.trace !== undefined) {
      const file = new TraceFile(options.trace, { sandpool: version, startedAt: new Date().toISOString() });
      this.#traceFile = file;
      this.#trace = new TraceRecorder((event) => file.write(event));
    }
  }

  /** This is what is going to be done. */
  planned(plan: SyncPlan): void {
    this.#plan = plan;
    this.#recorder.planned(plan);
    if (this.#options.command === 'sync') this.#leftOver = leftOver(plan);
  }

  /** Takes note of an event. */
  event(event: SyncEvent): void {
    this.#recorder.event(event);
    this.#trace?.event(event);
  }

  /** It failed as a whole. */
  failed(error: SandpoolError): void {
    this.#recorder.failed(error);
  }

  /**
   * Writes all of it, without waiting for anything. Idempotent.
   * @returns what could not be written: `asked` when the user asked for it
   */
  close(): readonly { readonly error: SandpoolError; readonly file: 'asked' | 'kept' }[] {
    if (this.#closed) return [];
    this.#closed = true;
    const problems: { error: SandpoolError; file: 'asked' | 'kept' }[] = [];
    const attempt = (file: 'asked' | 'kept', work: () => void): void => {
      try {
        work();
      } catch (error) {
        problems.push({ error: SandpoolError.from(error), file });
      }
    };
    const text = `${JSON.stringify(this.#recorder.document(this.#leftOver), null, 2)}\n`;
    attempt('asked', () => this.#report?.write(text));
    attempt('kept', () => this.#keep(text));
    attempt('asked', () => this.#closeTrace());
    return problems;
  }

  /** Without a plan there was no sync of the environment, and its last report stands. */
  #keep(text: string): void {
    if (this.#options.command !== 'sync' || this.#plan === undefined) return;
    const { root, environment } = this.#plan;
    const path = join(root, lastReportFile(environment));
    // The place is the project's to fill, perhaps with a link to a file of the user's own.
    const file = new WrittenFile(path, 'replace');
    try {
      mkdirSync(dirname(path), { recursive: true });
    } catch {
      // The writing will say why.
    }
    file.write(text);
  }

  #closeTrace(): void {
    this.#trace?.close();
    this.#traceFile?.close();
    if (this.#traceFile?.problem !== undefined) throw this.#traceFile.problem;
  }
}

/** What the last report says of canisters that may not be in this plan. */
function leftOver({ root, environment }: SyncPlan): readonly string[] {
  try {
    return [...unsynced(readLastReport(root, environment))];
  } catch {
    // There is none, or none that can be used: this sync writes it anew.
    return [];
  }
}
