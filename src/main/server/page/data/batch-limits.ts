// The limits that a form can set, in the units that it asks for them in, made into what the API takes.

import type { Limits } from '../../api/runs.js';
import type { Session } from '../../api/service.js';
import { countText } from './format.js';

/** As it stands in the form: numbers, or nothing. */
export interface LimitsForm {
  readonly computeSeconds: string;
  readonly wallSeconds: string;
  readonly memoryMib: string;
  readonly hostCalls: string;
}

interface LimitField {
  readonly name: keyof LimitsForm;
  readonly limit: keyof Limits;
  readonly label: string;
  /** What one of the form is of the API's. */
  readonly unit: number;
}

/** The fields, in the order in which they are asked for. */
export const LIMIT_FIELDS: readonly LimitField[] = [
  { name: 'computeSeconds', limit: 'computeBudgetMs', label: 'Compute, seconds', unit: 1000 },
  { name: 'wallSeconds', limit: 'wallTimeMs', label: 'From start to end, seconds', unit: 1000 },
  { name: 'memoryMib', limit: 'memoryBytes', label: 'Memory, MiB', unit: 1024 * 1024 },
  { name: 'hostCalls', limit: 'hostCalls', label: 'Calls', unit: 1 },
];

/** What holds when the field is left empty: the most that can be asked for. */
export function limitHint({ limit, unit }: LimitField, { service }: Session): string {
  const most = service.limits[limit];
  return most === undefined || most === null ? 'Else without limit' : `At most ${countText(most / unit)}`;
}

/** @param mistakes to which is added what is wrong */
export function limitsOf(
  form: LimitsForm,
  mistakes: Partial<Record<keyof LimitsForm, string>>,
): Limits | undefined {
  const limits: Partial<Record<keyof Limits, number>> = {};
  for (const { name, limit, unit } of LIMIT_FIELDS) {
    const text = form[name].trim();
    if (text === '') continue;
    const value = Math.round(Number(text) * unit);
    if (Number.isSafeInteger(value) && value > 0) limits[limit] = value;
    else mistakes[name] = 'A number above 0';
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}
