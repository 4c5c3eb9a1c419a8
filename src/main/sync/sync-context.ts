// What the parts of one sync share.

import type { CanisterClient } from '../canister/index.js';
import type { RunLimits } from '../pool/limits.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import type { PlannedCanister, SyncPlan } from './plan.js';
import type { PluginShelf } from './plugin-shelf.js';
import type { StepPulse } from './step-pulse.js';
import type { SyncEventBody } from './sync-events.js';

/** What the canisters of one sync share. */
export interface SyncContext {
  readonly plan: SyncPlan;
  readonly pool: SandboxPool;
  readonly client: CanisterClient;
  readonly shelf: PluginShelf;
  readonly signal: AbortSignal;
  readonly limits: Partial<RunLimits>;
  /** How long updates under way are followed once their run has ended, in milliseconds. */
  readonly settleMs: number;
  readonly emit: (event: SyncEventBody) => void;
  readonly pulse: Pick<StepPulse, 'ask'>;
}

/** Where a step is. */
export interface StepPlace {
  readonly canister: PlannedCanister;
  /** Which of its steps, from 1. */
  readonly number: number;
  readonly context: SyncContext;
}
