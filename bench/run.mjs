// `npm run bench [-- NAME...] [--smoke]`: asks the questions, one process each, and writes down the answers: results/NAME.json,
// a chart of it, and RESULTS.md over all that have been asked. With --smoke it only shows that they can be asked.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from './support/chart.mjs';
import { resultsPage } from './support/results-page.mjs';

const QUESTIONS = [
  'updates-in-turn',
  'large-plugin',
  'many-canisters',
  'call-rate',
  'start-up',
  'bridge',
  'computing',
  'waiting-plugins',
  'service-batch',
  'service-readers',
];
/** Whether it holds rather than how fast it is. Asked by name, and never in small. */
const SANDBOX_QUESTIONS = ['kills', 'memory-hogs', 'soak', 'interruptions', 'page-frames', 'service-kills'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false } },
});
const known = values.smoke ? QUESTIONS : [...QUESTIONS, ...SANDBOX_QUESTIONS];
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no such question: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  await askAll(positionals.length > 0 ? positionals : QUESTIONS);
}

async function askAll(names) {
  const results = new URL('./results/', import.meta.url);
  await mkdir(results, { recursive: true });
  for (const name of names) {
    console.error(`\n${name}`);
    const printed = await ask(name);
    if (values.smoke) continue;
    if (QUESTIONS.includes(name)) {
      await writeFile(new URL(`${name}.json`, results), printed);
      await writeFile(new URL(`${name}.svg`, results), drawChart(JSON.parse(printed)));
    } else {
      console.log(printed);
    }
  }
  if (!values.smoke) {
    await writeFile(new URL('./RESULTS.md', import.meta.url), resultsPage(await answered(results)));
  }
}

/** What the question's file prints. */
async function ask(name) {
  const file = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file, ...(values.smoke ? ['--smoke'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`${name} ended with exit code ${exitCode}`);
  return printed;
}

/** The answers there are, in the order of the questions. */
async function answered(results) {
  const answers = [];
  for (const name of QUESTIONS) {
    try {
      answers.push({ name, ...JSON.parse(await readFile(new URL(`${name}.json`, results), 'utf8')) });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return answers;
}
