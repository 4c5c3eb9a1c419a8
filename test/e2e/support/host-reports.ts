// What each host says of a run, in the same few words. Every rule stands here; what none of them knows is given
// back in the host's own words, so that it equals nothing.

import type { ErrorReport, SyncEvent } from '#src/main/sync/sync-events.js';

/** What a host says of a run. */
export interface HostReport {
  /**
   * `ok`, `no end`, `error: …` with the plugin's text, `exit: …` with the status, `limit: …`, `trap: …`, or
   * `refused: …` when nothing of the plugin was run.
   */
  readonly outcome: string;
  /** The lines that are shown: after success those of stderr alone. */
  readonly output: readonly string[];
}

/** The words of both hosts for the same, in the order in which they are tried. */
const WORDS: readonly (readonly [outcome: string, ...patterns: RegExp[]])[] = [
  ['limit: compute', /^plugin exceeded the \d+s compute-time limit/],
  ['limit: stack', /^wasm trap: call stack exhausted$/],
  ['trap: unreachable', /^(?:wasm trap: )?wasm `unreachable` instruction executed$/, /^unreachable$/],
  [
    'trap: not callable',
    /^wasm trap: uninitialized element$/,
    /^(?:null function or )?function signature mismatch$/,
  ],
  ['trap: call where none may be', /^(?:wasm trap: )?cannot leave (?:the )?component instance/],
  ['trap: unknown handle', /^unknown handle index \d+$/, /called on an unknown handle$/],
  [
    'trap: out of bounds',
    /^(?:(?:list|string) pointer\/length|pointer) out of bounds of memory$/,
    /^realloc return: beyond end of memory$/,
    /^a list or string lies outside its memory$/,
    /^Offset is outside the bounds of the DataView$/,
  ],
  [
    'trap: misaligned',
    /^realloc return: result not aligned$/,
    /^cabi_realloc returned a misaligned address$/,
  ],
  [
    'trap: not Unicode',
    /^(?:incomplete utf-8 byte sequence|invalid utf-8)/,
    /^a string is not valid Unicode$/,
  ],
  [
    'trap: unknown case',
    /^unexpected discriminant: \d+$/,
    /^invalid expected discriminant$/,
    /^invalid (?:variant )?discriminant (?:specified )?for /,
  ],
  ['trap: poll of nothing', /^empty poll list$/, /^poll of an empty list$/],
  ['trap: too many handles', /^resource table has no free keys$/, /^too many \w+ held open$/],
  [
    'trap: too much at once',
    /^requested len \d+ exceeds limit \d+$/,
    /^Buffer too large for /,
    /random bytes asked for at once/,
    / bytes, of which \d+ are permitted$/,
  ],
];

const REFUSED_BY_ICP_CLI: readonly (readonly [outcome: string, pattern: RegExp])[] = [
  ['refused: not a component', /^failed to load wasm component from /m],
  ['refused: interface', /^wasm component at .* does not implement a supported sync-plugin interface/m],
  ['refused: import', /^component imports (?:function|instance) `/m],
  ['refused: export', /^(?:no export `exec` found|type-checking export func `exec`)/m],
];

const REFUSED_BY_CODE: Partial<Record<ErrorReport['code'], string>> = {
  NOT_WASM: 'refused: not a component',
  CORE_MODULE: 'refused: not a component',
  COMPONENT_INVALID: 'refused: not a component',
  UNSUPPORTED_INTERFACE: 'refused: interface',
  IMPORT_DENIED: 'refused: import',
  IMPORT_MISMATCH: 'refused: import',
  EXPORT_MISSING: 'refused: export',
  EXPORT_MISMATCH: 'refused: export',
};

/** @param exitCode null when it was ended from outside */
export function readIcpCli(canister: string, exitCode: number | null, text: string): HostReport {
  if (exitCode === null) return { outcome: 'no end', output: [] };
  if (exitCode === 0) return { outcome: 'ok', output: shownLines('ok', linesAfter(text, `[${canister}] `)) };
  const [report = '', shown = ''] = text.split(`\nERR [${canister}] Sync output:\n`);
  const outcome = outcomeOf(report.split(/\nERR {3}caused by: /).slice(1));
  return {
    outcome,
    output: shownLines(outcome, linesAfter(shown, `ERR [${canister}] > `)),
  };
}

function outcomeOf(causes: readonly string[]): string {
  const last = causes.at(-1) ?? '';
  const returned = /^plugin returned error: (.*)$/s.exec(last)?.[1];
  if (returned !== undefined) return `error: ${returned}`;
  const exit = /^Exited with i32 exit status (\d+)$/.exec(last)?.[1];
  if (exit !== undefined) return `exit: ${exit}`;
  const refused = REFUSED_BY_ICP_CLI.find(([, pattern]) => causes.some((cause) => pattern.test(cause)));
  return refused?.[0] ?? inWords(last);
}

const CUT = [
  /^… (\d+) bytes of (\w+) truncated$/,
  /^\[(?<stream>\w+) truncated: (?<bytes>\d+) bytes dropped\]$/,
] as const;

/** When the clock ends a run, how much it has printed by then is chance. */
const LINES_OF_AN_ENDED_RUN = 100;

function shownLines(outcome: string, lines: readonly string[]): string[] {
  const kept = outcome === 'limit: compute' ? lines.slice(0, LINES_OF_AN_ENDED_RUN) : lines;
  return kept.map((line) =>
    line.replace(CUT[0], '($1 bytes of $2 cut)').replace(CUT[1], '($<bytes> bytes of $<stream> cut)'),
  );
}

function linesAfter(text: string, prefix: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith(prefix));
  return lines.map((line) => line.slice(prefix.length));
}

/** @returns a report for each canister that the events tell the end of */
export function readEvents(events: readonly SyncEvent[]): Map<string, HostReport> {
  const reports = new Map<string, HostReport>();
  for (const event of events) {
    if (event.type !== 'canister-finished') continue;
    const { canister, outcome, error } = event;
    const printed = events.filter(
      (other) => other.type === 'output' && other.canister === canister,
    ) as Extract<SyncEvent, { type: 'output' }>[];
    const shown = outcome === 'synced' ? printed.filter(({ stream }) => stream === 'stderr') : printed;
    const withoutError = outcome === 'synced' ? 'ok' : outcome;
    const ending = error === undefined ? withoutError : outcomeOfError(canister, error);
    reports.set(canister, {
      outcome: ending,
      output: shownLines(
        ending,
        shown.map(({ line }) => line),
      ),
    });
  }
  return reports;
}

function outcomeOfError(canister: string, { code, message, details }: ErrorReport): string {
  const refused = REFUSED_BY_CODE[code];
  if (refused !== undefined) return refused;
  switch (code) {
    case 'PLUGIN_FAILED':
      return `error: ${message}`;
    // A plugin that returns a rejection as it got it is told apart by code; the text is the same.
    case 'CANISTER_REJECTED':
    case 'NETWORK_FAILED':
      return `error: ${message.replace(`syncing canister ${canister}: `, '')}`;
    case 'PLUGIN_EXITED':
      return `exit: ${details['status']}`;
    case 'COMPUTE_BUDGET_EXCEEDED':
      return 'limit: compute';
    case 'STACK_EXHAUSTED':
      return 'limit: stack';
    case 'MEMORY_LIMIT_EXCEEDED':
      return 'limit: memory';
    case 'PLUGIN_TRAPPED':
    case 'PLUGIN_MISBEHAVED':
      return inWords(String(details['reason']));
    default:
      return `${code}: ${message}`;
  }
}

function inWords(text: string): string {
  const words = WORDS.find(([, ...patterns]) => patterns.some((pattern) => pattern.test(text)));
  return words?.[0] ?? `in its own words: ${text}`;
}
