// The report of the last sync of an environment, which every sync leaves in the project's cache, and what it says about
// the canisters that are still to be synced.

import { join } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import { isObject } from '../../bridge/is-object.js';
import { readRegularFile } from '../project/regular-file.js';
import { printable } from '../project/shown-text.js';
import { REPORT_VERSION, type ReportDocument } from './report-document.js';

/** Each update takes some hundred bytes. */
const LARGEST_REPORT_BYTES = 256 * 1024 * 1024;

/** What {@link unsynced} needs of a report. */
export type UnsyncedPart = Pick<ReportDocument, 'leftOver'> & {
  readonly canisters: readonly Pick<ReportDocument['canisters'][number], 'canister' | 'outcome'>[];
};

/** Where the last report of an environment is kept, relative to the project's folder. */
export function lastReportFile(environment: string): string {
  return join('.icp', 'cache', 'sandpool', `${environment}.report.json`);
}

/**
 * Reads the last report of an environment.
 * @param root absolute path of the project's folder
 * @throws SandpoolError LAST_REPORT_MISSING; LAST_REPORT_INVALID when it cannot be read, or is not what a sync leaves
 */
export function readLastReport(root: string, environment: string): UnsyncedPart {
  const file = lastReportFile(environment);
  let text: string;
  try {
    text = readRegularFile(join(root, file), LARGEST_REPORT_BYTES).toString('utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new SandpoolError('LAST_REPORT_MISSING', { environment: printable(environment), file });
    }
    throw invalid(file, message, error);
  }
  return parseReport(text, file);
}

/**
 * What a report says about the canisters that are still to be synced.
 * @param file what the report is called in an error
 * @throws SandpoolError LAST_REPORT_INVALID
 */
export function parseReport(text: string, file: string): UnsyncedPart {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid(file, 'it is not JSON', error);
  }
  if (!isObject(document)) throw invalid(file, 'it is not an object');
  const { version, canisters, leftOver } = document;
  if (version !== REPORT_VERSION) {
    throw invalid(file, `its version is not ${REPORT_VERSION}`);
  }
  if (!Array.isArray(canisters) || !canisters.every(hasOutcome))
    throw invalid(file, '`canisters` is damaged');
  if (!Array.isArray(leftOver) || !leftOver.every((name) => typeof name === 'string')) {
    throw invalid(file, '`leftOver` is damaged');
  }
  return { canisters, leftOver };
}

/** Names of the canisters that were not synced when they were last tried to be. */
export function unsynced({ canisters, leftOver }: UnsyncedPart): ReadonlySet<string> {
  const names = canisters.filter(({ outcome }) => outcome !== 'synced').map(({ canister }) => canister);
  return new Set([...names, ...leftOver]);
}

/**
 * The canisters that a sync of only what failed is about.
 * @param present the canisters of the environment
 * @param asked those of them that are wanted; when empty, all; names that are not present are kept, to be refused
 */
export function stillToSync(
  report: UnsyncedPart,
  present: readonly string[],
  asked: readonly string[],
): readonly string[] {
  const left = unsynced(report);
  if (asked.length === 0) return present.filter((name) => left.has(name));
  return asked.filter((name) => left.has(name) || !present.includes(name));
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['synced', 'failed', 'cancelled', 'skipped']);

function hasOutcome(value: unknown): value is UnsyncedPart['canisters'][number] {
  if (!isObject(value)) return false;
  const { canister, outcome } = value;
  return typeof canister === 'string' && OUTCOMES.has(outcome);
}

function invalid(file: string, reason: string, cause?: unknown): SandpoolError {
  return new SandpoolError('LAST_REPORT_INVALID', { file, reason: printable(reason) }, { cause });
}
