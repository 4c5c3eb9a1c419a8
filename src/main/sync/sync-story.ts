// How the story of a sync begins, goes on from canister to canister, and ends, wherever its steps are run.

import { shownUrl } from '../project/shown-url.js';
import type { SyncPlan } from './plan.js';
import { type CanisterOutcome, errorReport, type SyncEventBody } from './sync-events.js';
import type { CanisterReport, SyncReport } from './sync-report.js';

/** What is going to be done, and that each canister waits for its turn. @param identity the principal that signs */
export function beginning(plan: SyncPlan, identity: string): SyncEventBody[] {
  const { environment, network, proxyCanisterId, canisters, withoutSteps } = plan;
  const planned: SyncEventBody = {
    type: 'plan',
    environment,
    network: network.name,
    url: shownUrl(network.apiUrl),
    identity,
    ...(proxyCanisterId === undefined ? {} : { proxyCanisterId }),
    canisters: canisters.map(({ name, id, steps }) => ({
      canister: name,
      canisterId: id,
      steps: steps.map(({ kind, label }) => ({ kind, label })),
    })),
    withoutSteps,
  };
  const queued = canisters.map(
    ({ name, id, steps }): SyncEventBody => ({
      type: 'canister-queued',
      canister: name,
      canisterId: id,
      steps: steps.length,
    }),
  );
  return [planned, ...queued];
}

/** How a canister ended. */
export function canisterEnding({ name, id, outcome, error, durationMs }: CanisterReport): SyncEventBody {
  return {
    type: 'canister-finished',
    canister: name,
    canisterId: id,
    outcome,
    ...(error === undefined ? {} : { error: errorReport(error) }),
    durationMs,
  };
}

/** How all of it ended. */
export function ending({ canisters, ok, durationMs, exitCode }: SyncReport): SyncEventBody {
  const count = (outcome: CanisterOutcome) =>
    canisters.filter((canister) => canister.outcome === outcome).length;
  return {
    type: 'summary',
    ok,
    synced: count('synced'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    skipped: count('skipped'),
    durationMs,
    exitCode,
  };
}
