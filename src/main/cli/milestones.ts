// The lines that stay of a sync, on a terminal as elsewhere: what is going to be done, warnings, and each canister's end.

import type { SyncEvent } from '../sync/sync-events.js';
import type { Line } from './line.js';
import { widthOf } from './text-width.js';
import { counted, duration } from './units.js';

const LONGEST_LABEL = 24;

type EventOf<Type extends SyncEvent['type']> = Extract<SyncEvent, { type: Type }>;

/** Columns for the names of a plan's canisters. */
export function labelColumns({ canisters }: EventOf<'plan'>): number {
  return Math.min(LONGEST_LABEL, Math.max(0, ...canisters.map(({ canister }) => widthOf(canister))));
}

/** The line that stays of an event that is about no single canister; of others there is none. */
export function milestoneLine(event: SyncEvent): Line | undefined {
  if (event.type === 'plan') return planLine(event);
  if (event.type === 'warning') return [['yellow', 'warning'], `: ${event.message}`];
  if (event.type !== 'cancelling') return undefined;
  return [['yellow', 'cancelling'], `: ${event.reason}; updates under way are followed to their end`];
}

/** What is going to be done. */
function planLine({ canisters, environment, network, url, identity }: EventOf<'plan'>): Line {
  const what = counted(canisters.length, 'canister');
  const where = `environment ${environment}, network ${network} at ${url}`;
  return [['dim', `syncing ${what} (${where}) as ${identity}`]];
}

/** How a canister ended, after its label. */
export function canisterEnd({
  outcome,
  error,
  durationMs,
}: EventOf<'canister-finished'>): Exclude<Line, string> {
  if (outcome === 'synced') return [['green', `synced in ${duration(durationMs)}`]];
  if (outcome === 'failed') return [['red', `failed: ${error?.code ?? ''}`]];
  return [['yellow', outcome]];
}
