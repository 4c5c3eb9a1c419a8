// A development check, not part of the tests: runs the preview-1 programs of the WebAssembly community's WASI test
// suite on the WASI that plugins get, each made a component by jco's preview-1 adapter, and prints a table of
// what passed. Programs that must write files, or be given arguments or environment variables, cannot pass here by
// design: they are listed in wasi-testsuite-refusals.mjs with what they stumble over, and checked to fail over that.
//
// The programs are not in this tree. They come built from https://github.com/WebAssembly/wasi-testsuite, branch
// prod/testsuite-base, at the commit below; its licence is Apache-2.0.
//
// Needs a build. `node scripts/wasi-testsuite.mjs [repository]`, the repository being an address or a folder that
// git can fetch from.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import Table from 'cli-table3';
import { DIFFERENCES, REFUSALS } from './wasi-testsuite-refusals.mjs';

const REPOSITORY = 'https://github.com/WebAssembly/wasi-testsuite';
const COMMIT = '9f80ca35444cfd9e63100725615140a346652e6c';
const SUITES = ['assemblyscript', 'c', 'rust'];
const LONGEST_MS = 30_000;
const self = fileURLToPath(import.meta.url);

if (process.argv[2] === '--program') runProgram(process.argv[3], process.argv[4]);
else await main(process.argv[2] ?? REPOSITORY);

async function main(repository) {
  const folder = await mkdtemp(join(tmpdir(), 'wasi-testsuite-'));
  try {
    const git = (...args) =>
      execFileSync('git', ['-C', folder, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    git('init', '--quiet');
    git('fetch', '--quiet', '--depth', '1', repository, COMMIT);
    git('checkout', '--quiet', 'FETCH_HEAD', '--', 'tests');
    const rows = [];
    for (const suite of SUITES) {
      const programs = join(folder, 'tests', suite, 'testsuite/wasm32-wasip1');
      for (const file of (await readdir(programs)).filter((name) => name.endsWith('.wasm')).sort()) {
        rows.push({ suite, ...(await check(join(programs, file))) });
      }
    }
    // The plugin's view is read-only: whatever the programs tried, the folders are as they were.
    const changed = execFileSync('git', ['-C', folder, 'status', '--porcelain', 'tests'], {
      encoding: 'utf8',
    })
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('A '));
    report(rows, changed);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs one program and compares what it did with what its specification, and this host, say it must do. */
async function check(path) {
  const name = basename(path, '.wasm');
  const specification = await specificationOf(path);
  const root = specification.root === undefined ? undefined : join(dirname(path), specification.root);
  const ended = await run(path, root);
  const { exit_code: status = 0, stdout = ended.stdout } = specification;
  const passed = ended.status === status && ended.stdout === stdout;
  const refusal = REFUSALS.get(name);
  if (refusal !== undefined) {
    const asExpected =
      !passed && ended.status !== 0 && refusal.stumblesOver.test(ended.stderr + ended.stopped);
    return {
      name,
      outcome: asExpected ? 'refused' : passed ? 'PASSED' : 'FAILED',
      told: asExpected ? refusal.because : tell(ended),
    };
  }
  const difference = DIFFERENCES.get(name);
  if (difference !== undefined && !passed && ended.status === difference.status) {
    return { name, outcome: 'differs', told: difference.because };
  }
  return { name, outcome: passed ? 'passed' : 'FAILED', told: passed ? '' : tell(ended) };
}

async function specificationOf(path) {
  try {
    return JSON.parse(await readFile(path.replace(/\.wasm$/, '.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** In a process of its own, so that none can hold the others up. */
async function run(path, root) {
  const child = fork(self, ['--program', path, ...(root === undefined ? [] : [root])], {
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit');
  const [ended] = await Promise.race([once(child, 'message'), exited.then(() => [undefined])]);
  await exited;
  return ended ?? { status: null, stdout: '', stderr: '', stopped: 'it did not end, or its process did' };
}

/** In the child: the program as a component, instantiated over the WASI of the worker. */
async function runProgram(path, root) {
  const { componentNew, preview1AdapterCommandPath } = await import('@bytecodealliance/jco');
  const { $init, generate } = await import('@bytecodealliance/jco-transpile/component');
  const { createWasi } = await import('../dist/worker/wasi/wasi.js');
  const adapter = await readFile(preview1AdapterCommandPath());
  const component = await componentNew(await readFile(path), [['wasi_snapshot_preview1', adapter]]);
  await $init;
  const { files } = generate(component, {
    name: 'program',
    instantiation: { tag: 'sync' },
    noNodejsCompat: true,
    noTypescript: true,
    map: [],
  });
  const named = new Map(files);
  const glue = Buffer.from(named.get('program.js')).toString();
  const script = glue
    .replace('export function instantiate', 'function instantiate')
    .replace(/^export const [\s\S]*/m, '');
  const instantiate = new Script(`${script}\ninstantiate`).runInContext(
    createContext({ TextDecoder, TextEncoder }),
  );
  const written = { stdout: [], stderr: [] };
  const sink = (stream) => ({ write: (bytes) => void written[stream].push(Buffer.from(bytes)) });
  const wasi = createWasi({
    preopens: root === undefined ? [] : [{ guestPath: '/', fd: openSync(root, constants.O_DIRECTORY) }],
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    limits: { handles: 1024, allocationBytes: 16 * 1024 * 1024 },
    sleep: (durationNs) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(durationNs) / 1e6);
    },
    isConfined: () => false,
    trap: (message) => {
      throw new Error(message);
    },
    exit: (status) => {
      throw new Exit(status);
    },
  });
  let status = 0;
  let stopped = '';
  try {
    const exports = instantiate((name) => new WebAssembly.Module(named.get(name)), wasi.imports);
    const [command] = Object.entries(exports).find(([name]) => name.startsWith('wasi:cli/run@')) ?? [];
    exports[command].run();
  } catch (error) {
    status = error instanceof Exit ? error.status : 134;
    if (!(error instanceof Exit)) stopped = String(error?.message ?? error);
  }
  wasi.close();
  const text = (stream) => Buffer.concat(written[stream]).toString();
  process.send({ status, stdout: text('stdout'), stderr: text('stderr'), stopped }, () =>
    process.disconnect(),
  );
}

/** What a program exits with. */
class Exit extends Error {
  constructor(status) {
    super(`exit ${status}`);
    this.status = status;
  }
}

function tell({ status, stdout, stderr, stopped }) {
  return `exit ${status}; ${stopped || stderr.trim().split('\n').slice(0, 2).join(' ')}${stdout ? `; ${JSON.stringify(stdout)}` : ''}`.slice(
    0,
    300,
  );
}

function report(rows, changed) {
  const table = new Table({
    head: ['suite', 'program', 'outcome', ''],
    colWidths: [16, 42, 10, 60],
    wordWrap: true,
    style: { head: [] },
  });
  for (const { suite, name, outcome, told } of rows) table.push([suite, name, outcome, told]);
  console.log(table.toString());
  const outcomes = new Set(rows.map(({ outcome }) => outcome));
  const count = (wanted) => rows.filter(({ outcome }) => outcome === wanted).length;
  console.log([...outcomes].map((outcome) => `${count(outcome)} ${outcome}`).join(', '));
  const wrong = rows.filter(({ outcome }) => outcome === 'FAILED' || outcome === 'PASSED');
  if (changed.length > 0) console.error(`programs changed their folder:\n${changed.join('\n')}`);
  if (wrong.length > 0 || changed.length > 0) process.exitCode = 1;
}
