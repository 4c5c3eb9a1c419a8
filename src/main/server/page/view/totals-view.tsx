// How many runs ended when, and how.

import { useMemo, useState } from 'preact/hooks';
import type { Totals } from '../../api/service.js';
import { countText, durationText, percentText, timeText } from '../data/format.js';
import { END_STATES } from '../data/run-states.js';
import type { SignedIn } from '../data/sign-in.js';
import { sumOf, totalsSeries } from '../data/totals-series.js';
import { useLoaded } from './hooks.js';
import { Figure, ProblemNote, ViewTitle } from './parts.js';
import { TotalsChart } from './totals-chart.js';

const HOUR_MS = 3_600_000;
const SPANS = [
  { name: '10 minutes', ms: HOUR_MS / 6 },
  { name: '1 hour', ms: HOUR_MS },
  { name: '24 hours', ms: 24 * HOUR_MS },
  { name: '7 days', ms: 7 * 24 * HOUR_MS },
  { name: '30 days', ms: 30 * 24 * HOUR_MS },
] as const;
const MOST_SPANS = 60;

export function TotalsView({ who }: { readonly who: SignedIn }) {
  const [spanMs, setSpanMs] = useState<number>(HOUR_MS);
  const { value, problem, reload } = useLoaded(String(spanMs), async (signal) => {
    const toMs = Date.now();
    const fromMs = toMs - spanMs;
    return { fromMs, toMs, totals: await who.api.totals(new Date(fromMs).toISOString(), MOST_SPANS, signal) };
  });
  return (
    <main id="content">
      <div class="view-head">
        <ViewTitle title="Totals" />
        <div class="filters">
          <fieldset>
            <legend class="unseen">Over the last</legend>
            {SPANS.map(({ name, ms }) => (
              <label key={ms} class="choice">
                <input type="radio" name="span" checked={ms === spanMs} onChange={() => setSpanMs(ms)} />
                <span>{name}</span>
              </label>
            ))}
          </fieldset>
        </div>
        <button type="button" onClick={reload}>
          Refresh
        </button>
      </div>
      <ProblemNote problem={problem} />
      {value !== undefined && <Shown {...value} />}
    </main>
  );
}

function Shown({
  totals,
  fromMs,
  toMs,
}: {
  readonly totals: Totals;
  readonly fromMs: number;
  readonly toMs: number;
}) {
  const sum = sumOf(totals);
  const ended = END_STATES.reduce((all, state) => all + sum[state], 0);
  const series = useMemo(() => totalsSeries(totals, fromMs, toMs), [totals, fromMs, toMs]);
  return (
    <>
      <dl class="figures">
        <Figure name="Runs ended">{countText(ended)}</Figure>
        {END_STATES.map((state) => (
          <Figure key={state} name={state[0]?.toUpperCase() + state.slice(1)}>
            {countText(sum[state])} <span class="aside">{percentText(sum[state], ended)}</span>
          </Figure>
        ))}
        <Figure name="Computed">{durationText(sum.computeMs)}</Figure>
        <Figure name="Waited on calls">{durationText(sum.waitingMs)}</Figure>
      </dl>
      <TotalsChart series={series} />
      <ul class="legend">
        {END_STATES.map((state) => (
          <li key={state}>
            <span class={`swatch part-${state}`} aria-hidden="true" />
            {state}
          </li>
        ))}
        <li class="aside">runs ended in each {durationText(totals.spanMs)}</li>
      </ul>
      <details>
        <summary>The same as a table</summary>
        <div class="table-place">
          <table>
            <caption class="unseen">Runs by the time that they ended</caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {END_STATES.map((state) => (
                  <th key={state} scope="col" class="number">
                    {state}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {totals.items.map((item) => (
                <tr key={item.from}>
                  <th scope="row">{timeText(item.from)}</th>
                  {END_STATES.map((state) => (
                    <td key={state} class="number">
                      {countText(item[state])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
