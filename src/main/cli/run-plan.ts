// What `sync` and `run` share: a plan is done on a pool and a network made for it, shown, and cleared away.

import { type BlsLease, leaseBls } from '../canister/bls-service.js';
import type { CanisterClient } from '../canister/index.js';
import { defaultCacheFolder } from '../component/cache/cache-folder.js';
import type { RunLimits } from '../pool/limits.js';
import type { PoolLogger } from '../pool/pool-options.js';
import { SandboxPool } from '../pool/sandbox-pool.js';
import { fetchRules, pluginFetcher } from '../sync/fetch-plugins.js';
import type { SyncPlan } from '../sync/plan.js';
import { preparePlugins } from '../sync/prepare-plugins.js';
import { previewSync } from '../sync/preview.js';
import { syncReport } from '../sync/sync-report.js';
import { listenForInterruption } from './interruption.js';
import { computeBudgetMs } from './option-values.js';
import { writePreview } from './preview-view.js';
import { HumanView, JsonView, type SyncView } from './sync-view.js';
import type { Terminal } from './terminal.js';

/** The options that both commands have, as parsed. */
export interface RunPlanOptions {
  /** One of icp-cli's, or a PEM file; icp-cli's default when left out. */
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
  /** Whether translations are kept on disk. */
  readonly cache: boolean;
}

/** Makes the plan, with a pool that is there already. */
export type Planner = (means: {
  readonly pool: SandboxPool;
  /** Where fetched recipes are kept; absent when nothing is. */
  readonly cacheFolder: string | undefined;
  readonly warn: (message: string) => void;
}) => Promise<SyncPlan>;

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
 * @throws SandpoolError for what is wrong before anything is done
 */
export async function runPlan(
  planner: Planner,
  options: RunPlanOptions,
  terminal: Terminal,
): Promise<number> {
  const { concurrency, json, plain, debug, failFast } = options;
  if (plain === true) {
    terminal.stdout.makePlain();
    terminal.stderr.makePlain();
  }
  const limits = runLimits(options);
  const view: SyncView =
    json === true ? new JsonView(terminal) : new HumanView(terminal, debug === true ? 'stack' : 'message');
  using interruption = listenForInterruption(() =>
    terminal.stderr.line([['dim', 'ending: press Ctrl-C again to leave at once']]),
  );
  const cacheFolder = options.cache ? defaultCacheFolder() : undefined;
  const pool = await SandboxPool.create({
    ...(concurrency === undefined ? {} : { maxThreads: concurrency }),
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
    ...(debug === true ? { logger: await standardErrorLogger() } : {}),
  });
  let bls: BlsLease | undefined;
  let client: CanisterClient | undefined;
  const warn = (message: string) => view.event({ time: new Date().toISOString(), type: 'warning', message });
  try {
    const plan = await planner({ pool, cacheFolder, warn });
    const fetchPlugin = pluginFetcher(fetchRules(plan.network, cacheFolder));
    if (options.dryRun === true) {
      const preview = await previewSync(plan, pool, fetchPlugin, limits);
      if (json === true) terminal.stdout.json({ type: 'dry-run', ...preview });
      else writePreview(terminal.stdout, preview);
      return preview.ok ? 0 : PREVIEW_FAILED_EXIT_CODE;
    }
    if (plan.canisters.length === 0) return nothingToDo(view);
    // What will be needed in any case gets ready in other processes and threads, while this one loads the client.
    preparePlugins(plan, pool, fetchPlugin);
    pool.warm(1);
    bls = leaseBls();
    const [{ connect }, { runSync }] = await Promise.all([
      import('./connection.js'),
      import('../sync/run-sync.js'),
    ]);
    client = await connect(plan.network, {
      identity: options.identity,
      passwordFile: options.identityPasswordFile,
      callsAtOnce: concurrency ?? 0,
      signal: interruption.signal,
      warn,
    });
    const report = await runSync(plan, {
      pool,
      client,
      signal: interruption.signal,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(failFast === true ? { onFailure: 'stop' } : {}),
      limits,
      fetchPlugin,
      onEvent: (event) => view.event(event),
    });
    view.finish(report);
    return report.exitCode;
  } finally {
    view.close();
    await client?.close();
    await bls?.release();
    await pool.close({ deadlineMs: CLOSE_DEADLINE_MS });
  }
}

function runLimits({ computeLimit, timeout }: RunPlanOptions): Partial<RunLimits> {
  const computeMs = computeBudgetMs(computeLimit, process.env);
  return {
    ...(computeMs === undefined ? {} : { computeBudgetMs: computeMs }),
    ...(timeout === undefined ? {} : { wallTimeMs: timeout * 1000 }),
  };
}

function nothingToDo(view: SyncView): number {
  const report = syncReport([], 0, 'finished');
  const { ok, durationMs, exitCode } = report;
  const counts = { synced: 0, failed: 0, cancelled: 0, skipped: 0 };
  view.event({ time: new Date().toISOString(), type: 'summary', ok, ...counts, durationMs, exitCode });
  view.finish(report);
  return exitCode;
}
