// Totals as the chart wants them: a value for every span, also where nothing ended, each state stacked on those below it.

import type { Totals } from '../../api/service.js';
import { END_STATES } from './run-states.js';

/** What the chart draws. */
export interface TotalsSeries {
  /** The beginnings of the spans, in seconds. */
  readonly times: number[];
  /** For each of `END_STATES`: its runs and those of the states before it. */
  readonly stacked: number[][];
}

/** The most spans that are filled in: what a chart can show, many times over. */
const MOST_SPANS = 2000;

/** The spans between `fromMs` and `toMs`. */
export function totalsSeries({ spanMs, items }: Totals, fromMs: number, toMs: number): TotalsSeries {
  // Spans begin where the service says; the first that it names tells where.
  const known = items[0] === undefined ? fromMs : Date.parse(items[0].from);
  const firstMs = known - Math.ceil((known - fromMs) / spanMs) * spanMs;
  const byNumber = new Map(
    items.map((item) => [Math.round((Date.parse(item.from) - firstMs) / spanMs), item]),
  );
  const times: number[] = [];
  const stacked: number[][] = END_STATES.map(() => []);
  const count = Math.min(MOST_SPANS, Math.ceil((toMs - firstMs) / spanMs));
  for (let number = 0; number < count; number++) {
    times.push((firstMs + number * spanMs) / 1000);
    const item = byNumber.get(number);
    let sum = 0;
    END_STATES.forEach((state, index) => {
      sum += item?.[state] ?? 0;
      stacked[index]?.push(sum);
    });
  }
  return { times, stacked };
}

/** All spans together. */
export function sumOf({ items }: Totals): Omit<Totals['items'][number], 'from'> {
  const sum = { succeeded: 0, failed: 0, cancelled: 0, interrupted: 0, computeMs: 0, waitingMs: 0 };
  for (const item of items) {
    for (const state of END_STATES) sum[state] += item[state];
    sum.computeMs += item.computeMs;
    sum.waitingMs += item.waitingMs;
  }
  return sum;
}
