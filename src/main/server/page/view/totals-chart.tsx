// The chart of totals: a bar for every span, a part of it for every way to end.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockText, timeText } from '../data/format.js';
import { END_STATES } from '../data/run-states.js';
import type { TotalsSeries } from '../data/totals-series.js';

const HEIGHT = 300;
/** Between times on the axis: no shorter than what they are written in. */
const TIME_STEPS_S = [1, 2, 5, 10, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400].map((m) => 60 * m);
/** From here on, days say more than hours. */
const DAYS_S = 2 * 86_400;

/** For those who see it; the same figures are in a table below it. */
export function TotalsChart({ series }: { readonly series: TotalsSeries }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    let chart = draw(element, series);
    const redraw = (): void => {
      chart.destroy();
      chart = draw(element, series);
    };
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    dark.addEventListener('change', redraw);
    return () => {
      dark.removeEventListener('change', redraw);
      observer.disconnect();
      chart.destroy();
    };
  }, [series]);
  return <div class="chart" ref={place} aria-hidden="true" />;
}

function draw(element: HTMLElement, { times, stacked }: TotalsSeries): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--text-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  const bars = uPlot.paths.bars?.({ size: [0.85, 60], align: 1 });
  const [fromS = 0, toS = 0] = [times[0], times.at(-1)];
  const spanS = times.length < 2 ? 1 : (toS - fromS) / (times.length - 1);
  const timeOf =
    toS - fromS > DAYS_S
      ? (s: number) => timeText(1000 * s).slice(5, 10)
      : (s: number) => clockText(1000 * s).slice(0, 5);
  const highest = Math.max(4, ...(stacked.at(-1) ?? []));
  // The highest goes first, and the others are drawn over it.
  const order = END_STATES.map((state, index) => ({ state, values: stacked[index] ?? [] })).reverse();
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      cursor: { drag: { setScale: false }, points: { show: false } },
      legend: { show: false },
      // Room for the last bar, which begins where its span does; and also where nothing ended, an axis that says so.
      scales: { x: { range: [fromS, toS + spanS] }, y: { range: [0, highest * 1.08] } },
      axes: [
        { ...axis, incrs: TIME_STEPS_S, values: (_chart, seconds) => seconds.map(timeOf) },
        { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] },
      ],
      series: [
        {},
        ...order.map(({ state }) => ({
          label: state,
          fill: colour(`--state-${state}`),
          width: 0,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        })),
      ],
    },
    [times, ...order.map(({ values }) => values)],
    element,
  );
}
