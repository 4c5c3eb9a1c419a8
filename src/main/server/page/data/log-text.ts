// A run's log as a text to keep: what it was, then a line for each that it printed, each with its time and stream, so that
// none can be taken for another's.

import type { ServiceEvent } from '../../api/events.js';
import type { Run } from '../../api/runs.js';
import { type LogLine, RunLog } from './run-log.js';

/** The text. @param events of the run, in order */
export function logTextOf(run: Run, events: readonly ServiceEvent[]): string {
  const log = new RunLog(Number.POSITIVE_INFINITY);
  for (const event of events) log.apply(event);
  const head = [
    `# run ${run.id} of canister ${run.canister} on ${run.network}`,
    `# plugin ${run.plugin}, attempt ${run.attempt}, made ${run.createdAt}`,
    `# ${run.state}${run.endedAt === undefined ? '' : ` at ${run.endedAt}`}`,
    ...(run.error === undefined ? [] : [`# ${run.error.code}: ${oneLine(run.error.message)}`]),
  ];
  return [...head, ...log.lines.map(lineOf), ''].join('\n');
}

/** What the file is called. */
export function logFileName({ id }: Pick<Run, 'id'>): string {
  return `run-${id}.log`;
}

function lineOf({ timeMs, source, text }: LogLine): string {
  return `${new Date(timeMs).toISOString()} ${source.padEnd(6)} ${oneLine(text)}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\u0085\u2028\u2029]+/g, ' ');
}
