// RESULTS.md: every answer as a table and a chart.

/** @returns {string} the page */
export function resultsPage(answers) {
  return [
    '# What was measured\n',
    'Written by `npm run bench`; each question is a file beside this one. A figure is the median of its rounds. Where',
    'icp-cli 1.5.0 does the same work, both did it in turn in one run, so what travels to other machines is their ratio.\n',
    ...answers.map(section),
  ].join('\n');
}

function section({ name, question, machine, figures, remarks }) {
  const rows = figures
    .filter(({ values }) => values.length > 0)
    .map((figure) => `| ${figure.name} | ${amount(figure)} | ${wanted(figure)} | ${figure.values.length} |`);
  return [
    `## ${question}\n`,
    '| | median | wanted | rounds |',
    '|---|---:|---:|---:|',
    ...rows,
    '',
    ...remarks.map((remark) => `${remark}\n`),
    `![${question}](results/${name}.svg)\n`,
    `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGib} GiB, Node ${machine.node} (V8 ${machine.v8}), ${machine.platform}.\n`,
  ].join('\n');
}

function amount({ median, unit }) {
  return `${rounded(median)} ${unit}`;
}

function wanted({ atMost, atLeast, unit, holds }) {
  if (atMost === undefined && atLeast === undefined) return '';
  const bound = atMost === undefined ? `at least ${rounded(atLeast)}` : `at most ${rounded(atMost)}`;
  return `${bound} ${unit}${holds ? '' : ' **(missed)**'}`;
}

function rounded(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)).toString();
}
