// The end of a sync, for people: a table of all canisters, then what went wrong with each.

import Table from 'cli-table3';
import type { UpdateRecord, UpdateState } from '../canister/index.js';
import { type CanisterReport, type SyncReport, totalOf } from '../sync/sync-report.js';
import { type Detail, writeFailure } from './failure.js';
import type { LastLines } from './spoken-lines.js';
import type { Stream, Terminal } from './terminal.js';
import { cutEnd, cutMiddle, padEnd, widthOf } from './text-width.js';
import { bytes, counted, duration } from './units.js';

/** What the end of a sync needs beside its report. */
export interface EndingOptions {
  readonly detail: Detail;
  /** For the names of canisters in front of lines. */
  readonly labelColumns: number;
  /** What a canister's plugins wrote to stderr. */
  readonly remarks: (canister: string) => readonly string[];
  /** What has been drawn over of what a canister's last step printed. */
  readonly lastLines: (canister: string) => LastLines;
}

/** Writes the messages of the plugins, the table, and the failures last. */
export function writeEnding({ stdout, stderr }: Terminal, report: SyncReport, options: EndingOptions): void {
  const remarks = writeRemarks(stderr, report, options);
  if (remarks === 0 && stdout.live) stdout.line();
  writeSummary(stdout, report);
  writeFailures(stderr, report, options);
}

/** On success, what was said on stderr is worth more than a place in the scroll. @returns how many said something */
function writeRemarks(stream: Stream, { canisters }: SyncReport, options: EndingOptions): number {
  const { remarks, labelColumns } = options;
  const said = canisters.filter(({ name, outcome }) => outcome === 'synced' && remarks(name).length > 0);
  if (said.length === 0) return 0;
  stream.line();
  stream.line([['bold', 'messages of the plugins']]);
  for (const { name } of said) {
    for (const line of remarks(name)) stream.line([`${padEnd(name, labelColumns)} `, ['yellow', '! '], line]);
  }
  stream.line();
  return said.length;
}

/** Writes the table and the count. */
function writeSummary(stream: Stream, { canisters, durationMs }: SyncReport): void {
  const rows = fitRows([HEAD, ...canisters.map(summaryRow)], stream.columns);
  const table = new Table({
    head: rows[0] ?? [],
    chars: BORDERLESS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
  });
  table.push(...rows.slice(1));
  for (const line of table.toString().split('\n')) stream.line(line);
  const count = (outcome: CanisterReport['outcome']) =>
    canisters.filter((one) => one.outcome === outcome).length;
  const parts = (['synced', 'failed', 'cancelled', 'skipped'] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`);
  const why = count('skipped') > 0 ? ': nothing was started, since not every canister is running' : '';
  stream.line(`${parts.join(', ')} in ${duration(durationMs)}${why}`);
}

const HEAD = ['canister', 'result', 'compute', 'waiting', 'calls', 'peak memory'];
const GAP = 2;
const SHORTEST_NAME = 12;
const SHORTEST_RESULT = 10;

/** The rows in no more than `columns`: names cut in the middle, then results at the end, then columns left out. */
function fitRows(rows: readonly (readonly string[])[], columns: number): string[][] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const takes = (kept: readonly number[]) => kept.reduce((sum, width) => sum + width + GAP, -GAP);
  const [name = 0, result = 0] = widths;
  const leastName = Math.min(name, SHORTEST_NAME);
  let kept = widths;
  while (
    kept.length > 2 &&
    takes([leastName, Math.min(result, SHORTEST_RESULT), ...kept.slice(2)]) > columns
  ) {
    kept = kept.slice(0, -1);
  }
  const others = kept.slice(2);
  const nameColumns = Math.min(name, Math.max(leastName, columns - takes([0, result, ...others])));
  const resultColumns = Math.min(result, Math.max(1, columns - takes([nameColumns, 0, ...others])));
  return rows.map(([first = '', second = '', ...rest]) => [
    cutMiddle(first, nameColumns),
    cutEnd(second, resultColumns),
    ...rest.slice(0, others.length),
  ]);
}

/** Writes why each canister that was not synced was not, and what its updates came to. */
function writeFailures(stream: Stream, { canisters }: SyncReport, options: EndingOptions): void {
  const { detail, lastLines } = options;
  for (const canister of canisters) {
    const { name, id, outcome, error, steps } = canister;
    if (error === undefined) continue;
    const step = steps.findIndex((one) => one.error !== undefined);
    const where = step < 0 ? '' : `, step ${step + 1} (${steps[step]?.label ?? ''})`;
    stream.line();
    stream.line([[outcome === 'failed' ? 'red' : 'yellow', `${outcome}: ${name}`], ` (${id})${where}`]);
    if (outcome === 'failed') writeFailure(stream, error, detail, '  ');
    if (outcome === 'failed') writeLastLines(stream, lastLines(name));
    for (const line of updateLines(steps.flatMap(({ updates }) => updates))) stream.line(`  ${line}`);
  }
}

/** What led up to a failure. */
function writeLastLines(stream: Stream, { lines, earlier }: LastLines): void {
  if (lines.length === 0) return;
  const before = earlier > 0 ? `, after ${counted(earlier, 'other')} (--plain shows all)` : '';
  stream.line([['dim', `  output${before}`]]);
  for (const { stream: from, line } of lines) {
    stream.line(['    ', from === 'stderr' ? ['yellow', '! '] : ['dim', '| '], line]);
  }
}

function summaryRow({ name, outcome, error, steps }: CanisterReport): string[] {
  const { computeMs, waitingMs, hostCalls, peakMemoryBytes } = totalOf(steps);
  const result = outcome === 'failed' ? `failed: ${error?.code ?? ''}` : outcome;
  const measured = steps.some(({ statistics }) => statistics !== undefined);
  if (!measured) return [name, result, '-', '-', '-', '-'];
  return [name, result, duration(computeMs), duration(waitingMs), String(hostCalls), bytes(peakMemoryBytes)];
}

/** What became of the updates of a canister that did not get to its end. */
function updateLines(updates: readonly UpdateRecord[]): string[] {
  if (updates.length === 0) return ['updates  none'];
  const of = (state: UpdateState) => updates.filter((update) => update.state === state);
  const counts = (['applied', 'rejected', 'not-sent', 'unknown'] as const)
    .filter((state) => state === 'applied' || of(state).length > 0)
    .map((state) => `${of(state).length} ${state.replace('-', ' ')}`);
  const unknown = of('unknown').map(
    ({ method, requestIdHex }) => `         unknown: ${method}, request id ${requestIdHex ?? 'none'}`,
  );
  return [`updates  ${counts.join(', ')}`, ...unknown];
}

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
} as const;
