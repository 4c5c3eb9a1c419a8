// What the store keeps, as the API shows it.

import type { Static } from 'typebox';
import type { ErrorDetails } from '../../../bridge/errors.js';
import { SandpoolError } from '../../../bridge/errors.js';
import { errorReport } from '../../sync/sync-events.js';
import type * as api from '../api/index.js';
import type { InspectedPlugin } from '../service/plugin-library.js';
import type { Step } from '../service/step.js';
import type {
  AuditEntry,
  Batch,
  Bundle,
  Page,
  Plugin,
  Run,
  StoredEvent,
  StoredUpdate,
} from '../store/index.js';

/** A time as the API has it. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A page, its items shown by `view`. */
export function pageView<Item, View>(
  { items, next }: Page<Item>,
  view: (item: Item) => View,
): api.PageOf<View> {
  return { items: items.map(view), ...(next === undefined ? {} : { next }) };
}

export function pluginView({
  sha256,
  name,
  sizeBytes,
  interfaceVersion,
  isEnabled,
  createdAtMs,
}: Plugin): api.Plugin {
  const createdAt = timestamp(createdAtMs);
  return { sha256, name, sizeBytes, interfaceVersion, enabled: isEnabled, createdAt };
}

export function inspectionView({ plugin, refusal, ...said }: InspectedPlugin): api.PluginInspection {
  return {
    plugin: pluginView(plugin),
    runsHere: refusal === undefined,
    ...(refusal === undefined ? {} : { error: errorReport(refusal) }),
    interface: said.interface ?? null,
    imports: [...said.imports],
    exports: [...said.exports],
    producers: [...said.producers],
  };
}

export function bundleView({ sha256, files, sizeBytes, createdAtMs }: Bundle): api.Bundle {
  return { sha256, fileCount: files.length, sizeBytes, createdAt: timestamp(createdAtMs) };
}

export function bundleContentsView(bundle: Bundle): api.BundleContents {
  return { ...bundleView(bundle), files: bundle.files.map(({ path, sizeBytes }) => ({ path, sizeBytes })) };
}

export function runView(run: Run): api.Run {
  const { batchId: batch, bundleSha256: bundle, retryOf, startedAtMs, endedAtMs, statistics, error } = run;
  const { label } = run.step as Step;
  return {
    id: run.id,
    ...(batch === undefined ? {} : { batch }),
    state: run.state,
    canister: run.canisterId,
    ...(label === undefined ? {} : { label }),
    network: run.network,
    identity: run.identity,
    environment: run.environment,
    plugin: run.pluginSha256,
    ...(bundle === undefined ? {} : { bundle }),
    priority: run.priority,
    attempt: run.attempt,
    ...(retryOf === undefined ? {} : { retryOf }),
    createdAt: timestamp(run.createdAtMs),
    ...(startedAtMs === undefined ? {} : { startedAt: timestamp(startedAtMs) }),
    ...(endedAtMs === undefined ? {} : { endedAt: timestamp(endedAtMs) }),
    ...(statistics === undefined
      ? {}
      : { statistics: statistics as unknown as NonNullable<api.Run['statistics']> }),
    ...(error === undefined ? {} : { error: storedErrorView(error) }),
  };
}

/** With the hint of the table as it is now, and the words that were said then. */
function storedErrorView(stored: NonNullable<Run['error']>): Static<typeof api.ErrorReport> {
  const { code, details, message } = stored;
  const now = SandpoolError.fromWire({ code, details });
  return { ...errorReport(now), message, details: details as ErrorDetails };
}

export function batchView(batch: Batch): api.Batch {
  const { id, name, state, counts, concurrency, priority, retryOf, startedAtMs, endedAtMs } = batch;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    state,
    counts,
    concurrency,
    priority,
    ...(retryOf === undefined ? {} : { retryOf }),
    createdAt: timestamp(batch.createdAtMs),
    ...(startedAtMs === undefined ? {} : { startedAt: timestamp(startedAtMs) }),
    ...(endedAtMs === undefined ? {} : { endedAt: timestamp(endedAtMs) }),
  };
}

export function updateView(update: StoredUpdate): api.Update {
  const { number, canisterId: canister, method, state, requestIdHex, sentAtMs, endedAtMs } = update;
  return {
    number,
    canister,
    method,
    state,
    ...(requestIdHex === undefined ? {} : { requestId: requestIdHex }),
    sentAt: timestamp(sentAtMs),
    ...(endedAtMs === undefined ? {} : { endedAt: timestamp(endedAtMs) }),
  };
}

export function eventView({ sequence, timeMs, runId, batchId, type, data }: StoredEvent): api.ServiceEvent {
  // What is written of each type is what the schema says of it: a test holds the two together.
  return {
    type,
    sequence,
    time: timestamp(timeMs),
    ...(runId === undefined ? {} : { run: runId }),
    ...(batchId === undefined ? {} : { batch: batchId }),
    ...(data as object),
  } as unknown as api.ServiceEvent;
}

export function auditView({ number, timeMs, actor, action, subject, details }: AuditEntry): api.AuditEntry {
  return { number, time: timestamp(timeMs), actor, action, subject, details };
}
