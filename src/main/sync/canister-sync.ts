// The sync of one canister: everything it needs made ready, then its steps one after another until one fails.

import { SandpoolError } from '../../bridge/errors.js';
import { cancellable } from './cancellable.js';
import type { PlannedCanister, PlannedScript, PlannedStep } from './plan.js';
import { PluginStepRun, type ReadyPlugin } from './plugin-step-run.js';
import { grantsOf, unusedPartsOf } from './step-grants.js';
import type { StepPlace, SyncContext } from './sync-context.js';
import { errorReport } from './sync-events.js';
import type { CanisterReport, StepReport } from './sync-report.js';

/** A step that can begin. */
type ReadyStep = ReadyPlugin | PlannedScript;

/** Syncs one canister. Whatever goes wrong is in the report. */
export async function syncCanister(canister: PlannedCanister, context: SyncContext): Promise<CanisterReport> {
  const { name, id } = canister;
  const startedAt = performance.now();
  const steps: StepReport[] = [];
  let error: SandpoolError | undefined;
  try {
    // Everything is made ready before the first step, so that a mistake in a later one is told before the
    // canister has been changed at all.
    const ready = await Promise.all(canister.steps.map((step) => readyStep(step, canister, context)));
    for (const [index, step] of ready.entries()) {
      if (context.signal.aborted) throw new SandpoolError('CANCELLED');
      const report = await executeStep(step, { canister, number: index + 1, context });
      steps.push(report);
      error = report.error;
      if (error !== undefined) break;
    }
  } catch (thrown) {
    error = SandpoolError.from(thrown);
  }
  const outcome = error === undefined ? 'synced' : error.code === 'CANCELLED' ? 'cancelled' : 'failed';
  const durationMs = performance.now() - startedAt;
  return { name, id, outcome, steps, durationMs, ...(error === undefined ? {} : { error }) };
}

async function readyStep(
  planned: PlannedStep,
  canister: PlannedCanister,
  { shelf, plan, signal, emit }: SyncContext,
): Promise<ReadyStep> {
  if (planned.kind === 'script') return planned;
  // One that takes long to fetch or to translate does not hold up the end of the sync.
  const plugin = await cancellable(shelf.get(planned), signal);
  const folders = { project: plan.root, canister: canister.folder };
  const grants = await grantsOf(planned.declared, plugin, folders);
  const message = unusedPartsOf(planned.declared, plugin);
  if (message !== undefined) emit({ type: 'warning', message: `canister ${canister.name}: ${message}` });
  return { kind: 'plugin', planned, plugin, grants };
}

async function executeStep(step: ReadyStep, place: StepPlace): Promise<StepReport> {
  return step.kind === 'plugin' ? new PluginStepRun(step, place).execute() : runScriptStep(step, place);
}

async function runScriptStep(
  script: PlannedScript,
  { canister, number, context }: StepPlace,
): Promise<StepReport> {
  const { signal, limits, emit } = context;
  const step = { kind: script.kind, label: script.label };
  const reference = { canister: canister.name, canisterId: canister.id, step: number };
  emit({ type: 'step-started', ...reference, ...step });
  let error: SandpoolError | undefined;
  try {
    const { runScript } = await import('./script-step.js');
    await runScript(script, {
      folder: canister.folder,
      signal,
      wallTimeMs: limits.wallTimeMs,
      onLine: (stream, line) => emit({ type: 'output', ...reference, stream, line }),
    });
  } catch (thrown) {
    error = SandpoolError.from(thrown);
  }
  const failure = error === undefined ? {} : { error: errorReport(error) };
  emit({ type: 'step-finished', ...reference, ...step, ok: error === undefined, ...failure, updates: [] });
  return { ...step, ...(error === undefined ? {} : { error }), updates: [] };
}
