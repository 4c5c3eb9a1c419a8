// The end of a sync, for people: a table of all canisters, then what went wrong with each.

import Table from 'cli-table3';
import type { UpdateRecord, UpdateState } from '../canister/index.js';
import { type CanisterReport, type SyncReport, totalOf } from '../sync/sync-report.js';
import { type Detail, writeFailure } from './failure.js';
import type { Stream } from './terminal.js';
import { bytes, duration } from './units.js';

/** Writes the table and the count. */
export function writeSummary(stream: Stream, { canisters, durationMs }: SyncReport): void {
  if (canisters.length === 0) {
    stream.line('no canisters have sync steps');
    return;
  }
  const table = new Table({
    head: ['canister', 'result', 'compute', 'waiting', 'calls', 'peak memory'],
    chars: BORDERLESS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
  });
  table.push(...canisters.map(summaryRow));
  for (const line of table.toString().split('\n')) stream.line(line);
  const count = (outcome: CanisterReport['outcome']) =>
    canisters.filter((one) => one.outcome === outcome).length;
  const parts = (['synced', 'failed', 'cancelled', 'skipped'] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`);
  const why = count('skipped') > 0 ? ': nothing was started, since not every canister is running' : '';
  stream.line(`${parts.join(', ')} in ${duration(durationMs)}${why}`);
}

/** Writes why each canister that was not synced was not, and what its updates came to. */
export function writeFailures(stream: Stream, { canisters }: SyncReport, detail: Detail): void {
  for (const canister of canisters) {
    const { name, id, outcome, error, steps } = canister;
    if (error === undefined) continue;
    const step = steps.findIndex((one) => one.error !== undefined);
    const where = step < 0 ? '' : `, step ${step + 1} (${steps[step]?.label ?? ''})`;
    stream.line();
    stream.line([[outcome === 'failed' ? 'red' : 'yellow', `${outcome}: ${name}`], ` (${id})${where}`]);
    if (outcome === 'failed') writeFailure(stream, error, detail, '  ');
    for (const line of updateLines(steps.flatMap(({ updates }) => updates))) stream.line(`  ${line}`);
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
