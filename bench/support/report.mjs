// What every question's file prints: one JSON object, with what was measured and what was wanted.
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Whether this is only to show that it works: fewer rounds, smaller numbers, no bounds. */
export const isSmoke = process.argv.includes('--smoke');

/** `full`, or `small` when this is only to show that it works. */
export function size(full, small) {
  return isSmoke ? small : full;
}

/**
 * Prints the report of a question.
 *
 * @typedef {{ name: string, unit: string, values: readonly number[], atMost?: number, atLeast?: number }} Figure
 * @param {{ question: string, figures: readonly Figure[], chart?: object, remarks?: readonly string[] }} report
 */
export function report({ question, figures, chart, remarks = [] }) {
  const measured = figures.map((figure) => {
    const values = figure.values.map((value) => Number(value.toPrecision(4)));
    return { ...figure, values, median: median(values), ...heldBy(figure, median(values)) };
  });
  console.log(
    JSON.stringify(
      { question, machine: machine(), smoke: isSmoke, figures: measured, chart, remarks },
      null,
      2,
    ),
  );
}

/** What it was measured on. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
  };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Does each of `measures` once a round, in turn, so that whatever else the machine does meets them all alike. */
export async function inTurn(rounds, measures) {
  const values = Object.fromEntries(Object.keys(measures).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) {
      values[name].push(await measure());
      console.error(`${name}: ${values[name].at(-1).toPrecision(4)}`);
    }
  }
  return values;
}

/** @throws Error unless it is as it must be: a figure of wrong work is worth nothing. */
export function must(isSo, what) {
  if (!isSo) throw new Error(`wrong: ${what}`);
}

function heldBy({ atMost, atLeast }, value) {
  if (isSmoke || (atMost === undefined && atLeast === undefined)) return {};
  return { holds: value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity) };
}
