// Which runs are looked for: as it stands in the address, and as the API is asked for it. What an address has that is
// none of these is left out.

import type { RunQuery } from '../../api/runs.js';
import { STATES } from './run-states.js';

/** Members that are absent stand for any. */
export type RunFilter = Pick<RunQuery, 'state' | 'canister' | 'plugin' | 'from' | 'to'>;

const VALID: Readonly<Record<keyof RunFilter, (text: string) => boolean>> = {
  state: (text) => STATES.some((state) => state === text),
  canister: (text) => /^[a-z0-9]{1,5}(?:-[a-z0-9]{1,5}){0,12}$/.test(text),
  plugin: (text) => /^[0-9a-f]{64}$/.test(text),
  from: isTime,
  to: isTime,
};
const NAMES = Object.keys(VALID) as (keyof RunFilter)[];

/** The filter in the part of an address behind `?`. */
export function runFilterOf(search: string): RunFilter {
  const parameters = new URLSearchParams(search);
  const found = NAMES.flatMap((name) => {
    const value = parameters.get(name);
    return value !== null && VALID[name](value) ? [[name, value]] : [];
  });
  return Object.fromEntries(found);
}

/** For an address: empty when any run is meant. */
export function searchOf(filter: RunFilter): string {
  const set = NAMES.flatMap((name): [string, string][] => {
    const value = filter[name];
    return value === undefined ? [] : [[name, value]];
  });
  return new URLSearchParams(set).toString();
}

/** Spans of time that are often looked for: from `from` up to `to`, or until now. */
export function namedSpans(
  now: Date,
): readonly (Pick<RunFilter, 'from' | 'to'> & { readonly name: string })[] {
  const midnight = (daysBefore: number): string =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBefore).toISOString();
  return [
    { name: 'Last hour', from: new Date(now.getTime() - 3_600_000).toISOString() },
    { name: 'Today', from: midnight(0) },
    { name: 'Yesterday', from: midnight(1), to: midnight(0) },
  ];
}

/** A time as a field for times at the reader's place has it: `2026-11-21T16:45`; empty for none. */
export function fieldOfTime(time: string | undefined): string {
  if (time === undefined) return '';
  const date = new Date(time);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** The time in such a field; undefined when there is none. */
export function timeOfField(text: string): string | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
}
