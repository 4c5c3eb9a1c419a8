// What `sync` and `run` share: a plan is made, done, shown, and cleared away. Where it is done is said by the command:
// here (perform-here.ts), or on a service (perform-on-service.ts).

import { SandpoolError } from '../../bridge/errors.js';
import { defaultCacheFolder } from '../component/cache/cache-folder.js';
import type { RunLimits } from '../pool/limits.js';
import type { PoolLogger } from '../pool/pool-options.js';
import { SandboxPool } from '../pool/sandbox-pool.js';
import { fetchRules, pluginFetcher } from '../sync/fetch-plugins.js';
import type { SyncPlan } from '../sync/plan.js';
import type { PluginFetcher } from '../sync/prepare-plugins.js';
import { previewSync, type SyncPreview } from '../sync/preview.js';
import type { SyncEvent } from '../sync/sync-events.js';
import { type SyncReport, syncReport } from '../sync/sync-report.js';
import { writeFailure } from './failure.js';
import { listenForInterruption } from './interruption.js';
import { computeBudgetMs } from './option-values.js';
import { writePreview } from './preview-view.js';
import { RunRecords } from './run-records.js';
import { type SyncView, syncView } from './sync-view.js';
import type { Terminal } from './terminal.js';

/** The options that both commands have, as parsed. */
export interface RunPlanOptions {
  readonly identity?: string;
  readonly identityPasswordFile?: string;
  readonly concurrency?: number;
  /** Seconds. */
  readonly computeLimit?: number;
  /** For each step, in seconds. */
  readonly timeout?: number;
  readonly failFast?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly plain?: true;
  readonly debug?: true;
  /** Where the report goes. */
  readonly report?: string;
  /** Where the trace goes. */
  readonly trace?: string;
  /** Whether translations are kept on disk. */
  readonly cache: boolean;
}

/** Makes the plan, with a pool that is there already. */
export type Planner = (means: PlannerMeans) => Promise<SyncPlan>;

/** What a planner may use. */
export interface PlannerMeans {
  readonly pool: SandboxPool;
  /** Where fetched recipes are kept; absent when nothing is. */
  readonly cacheFolder: string | undefined;
  readonly warn: (message: string) => void;
  /** Ends what takes long. */
  readonly signal: AbortSignal;
}

/** Does a plan, and shows what it came to. */
export type Performer = (plan: SyncPlan, means: PerformerMeans) => Promise<SyncReport>;

/** What a performer may use. */
export interface PerformerMeans {
  readonly pool: SandboxPool;
  readonly options: RunPlanOptions;
  readonly limits: Partial<RunLimits>;
  /** Ends what is being done, in order. */
  readonly signal: AbortSignal;
  readonly fetchPlugin: PluginFetcher;
  readonly onEvent: (event: SyncEvent) => void;
  readonly warn: (message: string) => void;
  readonly view: Pick<SyncView, 'finish' | 'close'>;
}

/** What is done, and of which command. */
export interface PlannedCommand {
  readonly name: 'sync' | 'run';
  readonly planner: Planner;
  readonly performer: Performer;
  /** Adds to what is said of a plan that is not done. */
  readonly previewer?: (
    plan: SyncPlan,
    preview: SyncPreview,
    fetchPlugin: PluginFetcher,
  ) => Promise<SyncPreview>;
  /** What is said when there is nothing in the plan. */
  readonly nothing?: () => string;
}

/** Log lines as JSON on stderr. Loaded only when asked for. */
async function standardErrorLogger(): Promise<PoolLogger> {
  const { pino } = await import('pino');
  const logger: PoolLogger = pino({ level: 'debug', base: null }, pino.destination({ dest: 2, sync: true }));
  return logger;
}

/** Of `--dry-run` when a step would fail. */
const PREVIEW_FAILED_EXIT_CODE = 1;

/** After this long, threads that have not ended are left to the end of the process. */
const CLOSE_DEADLINE_MS = 2_000;

/**
 * Plans, then does it.
 * @returns the exit code
 * @throws SandpoolError for what is wrong before anything is done, or with a file that was to be written
 */
export async function runPlan(
  command: PlannedCommand,
  options: RunPlanOptions,
  terminal: Terminal,
): Promise<number> {
  if (options.plain === true) {
    terminal.stdout.makePlain();
    terminal.stderr.makePlain();
  }
  const records = new RunRecords({ command: command.name, report: options.report, trace: options.trace });
  const view = await syncView(terminal, options);
  const close = (): SandpoolError | undefined => {
    view.close();
    return closeRecords(records, terminal);
  };
  // Also when the process is left from elsewhere: the records are written, and the terminal is as it was.
  const leave = (): void => {
    records.failed(new SandpoolError('INTERNAL', { reason: 'the process ended in the middle of the sync' }));
    close();
  };
  process.once('exit', leave);
  using interruption = listenForInterruption({
    onFirst: () => terminal.stderr.line([['dim', 'ending: press Ctrl-C again to leave at once']]),
    onSecond: close,
  });
  let exitCode: number;
  try {
    exitCode = await execute(command, options, { view, records, terminal, signal: interruption.signal });
  } catch (thrown) {
    const error = SandpoolError.from(thrown);
    records.failed(error);
    const problem = close();
    if (problem !== undefined) writeFailure(terminal.stderr, problem, 'message');
    throw error;
  } finally {
    process.removeListener('exit', leave);
  }
  const problem = close();
  if (problem === undefined) return exitCode;
  if (exitCode === 0) throw problem;
  writeFailure(terminal.stderr, problem, 'message');
  return exitCode;
}

/** @returns why a file that was asked for could not be written, unless all were */
function closeRecords(records: RunRecords, terminal: Terminal): SandpoolError | undefined {
  const problems = records.close();
  for (const { file, error } of problems) {
    if (file === 'kept')
      terminal.stderr.line([['yellow', 'warning'], `: the report of this sync: ${error.message}`]);
  }
  return problems.find(({ file }) => file === 'asked')?.error;
}

interface Surroundings {
  readonly view: SyncView;
  readonly records: RunRecords;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function execute(
  { planner, performer, previewer, nothing }: PlannedCommand,
  options: RunPlanOptions,
  { view, records, terminal, signal }: Surroundings,
): Promise<number> {
  const { concurrency, debug } = options;
  const limits = runLimits(options);
  const cacheFolder = options.cache ? defaultCacheFolder() : undefined;
  const pool = await SandboxPool.create({
    ...(concurrency === undefined ? {} : { maxThreads: concurrency }),
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
    ...(debug === true ? { logger: await standardErrorLogger() } : {}),
  });
  const onEvent = (event: SyncEvent): void => {
    view.event(event);
    records.event(event);
  };
  const warn = (message: string): void =>
    onEvent({ time: new Date().toISOString(), type: 'warning', message });
  // What is still being fetched when all else has ended must not keep the process.
  const ended = new AbortController();
  try {
    const fetching = AbortSignal.any([signal, ended.signal]);
    const plan = await planner({ pool, cacheFolder, warn, signal: fetching });
    const fetchPlugin = pluginFetcher(fetchRules(plan.network, cacheFolder, fetching));
    if (options.dryRun === true) {
      const here = await previewSync(plan, pool, fetchPlugin, limits);
      const preview = (await previewer?.(plan, here, fetchPlugin)) ?? here;
      if (signal.aborted) throw new SandpoolError('CANCELLED');
      if (options.json === true) terminal.stdout.json({ type: 'dry-run', ...preview });
      else writePreview(terminal.stdout, preview);
      return preview.ok ? 0 : PREVIEW_FAILED_EXIT_CODE;
    }
    records.planned(plan);
    if (plan.canisters.length === 0) return nothingToDo(onEvent, terminal, options, nothing);
    const means = { pool, options, limits, signal, fetchPlugin, onEvent, warn, view };
    const { exitCode } = await performer(plan, means);
    return exitCode;
  } finally {
    ended.abort();
    view.close();
    // The process waits for its threads; meanwhile it writes down what came of the plan.
    void pool.close({ deadlineMs: CLOSE_DEADLINE_MS });
  }
}

function runLimits({ computeLimit, timeout }: RunPlanOptions): Partial<RunLimits> {
  const computeMs = computeBudgetMs(computeLimit, process.env);
  return {
    ...(computeMs === undefined ? {} : { computeBudgetMs: computeMs }),
    ...(timeout === undefined ? {} : { wallTimeMs: timeout * 1000 }),
  };
}

function nothingToDo(
  onEvent: (event: SyncEvent) => void,
  { stdout }: Terminal,
  { json }: RunPlanOptions,
  says: () => string = () => 'no canisters have sync steps',
): number {
  const { ok, durationMs, exitCode } = syncReport([], 0, 'finished');
  const counts = { synced: 0, failed: 0, cancelled: 0, skipped: 0 };
  onEvent({ time: new Date().toISOString(), type: 'summary', ok, ...counts, durationMs, exitCode });
  if (json !== true) stdout.line(says());
  return exitCode;
}
