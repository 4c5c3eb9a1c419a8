// Records what `sandpool sync` looks like on a terminal: runs it in tmux against the embedded network, and writes what
// is on the screen at some moments into docs/terminal/. Needs a build, and tmux. Names of scenes as arguments record
// only those.
import { execFile, execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalnet } from '../dist/main/localnet/index.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const bin = join(root, 'dist/main/command/sandpool.cjs');
const plugin = join(root, 'fixtures/plugins/seed-data-c/plugin.wasm');
const output = join(root, 'docs/terminal');
const COMMAND = 'sandpool sync -e demo';

const THREE = ['backend', 'frontend', 'ledger'];
const MANY = Array.from({ length: 300 }, (_, index) => `shard-${String(index).padStart(3, '0')}`);

const SCENES = {
  'three-canisters': {
    about: '3 canisters, 80 columns',
    canisters: THREE,
    frames: [[0.6], [2], [4], 'end'],
  },
  '300-canisters': {
    about: '300 canisters, 80 columns',
    canisters: MANY,
    concurrency: 40,
    records: 6,
    frames: [[2], [6], [10], 'end'],
  },
  '300-canisters-without-a-terminal': {
    about: '300 canisters, into a pipe; the middle is left out here',
    canisters: MANY,
    concurrency: 40,
    records: 2,
    pipe: true,
  },
  'three-canisters-without-a-terminal': {
    about: '3 canisters, into a pipe',
    canisters: THREE,
    records: 3,
    pipe: true,
  },
  'a-failing-canister': {
    about: 'one of 3 canisters fails, 80 columns',
    canisters: THREE,
    fault: { afterSeconds: 3, fault: { kind: 'broken-signature', canister: 'frontend', endpoint: 'call' } },
    frames: [[2], [5], 'end'],
  },
  'no-colour': {
    about: 'NO_COLOR=1, 80 columns; control sequences would be seen here',
    canisters: THREE,
    variables: 'NO_COLOR=1 ',
    escapes: true,
    frames: [[2], 'end'],
  },
  'forty-columns': {
    about: '3 canisters, 40 columns',
    canisters: THREE,
    columns: 40,
    frames: [[2], [4], 'end'],
  },
  'resized-while-it-runs': {
    about: 'from 100 to 60 columns in the middle',
    canisters: THREE,
    columns: 100,
    resize: { afterSeconds: 3, columns: 60 },
    frames: [[2], [3.6], [4.6], 'end'],
  },
};

const run = promisify(execFile);

async function record(name, scene) {
  const { canisters, columns = 80, records = 12, pipe } = scene;
  const folder = await mkdtemp(join(tmpdir(), 'sandpool-terminal-'));
  const network = await startLocalnet({
    canisters: canisters.map((canister) => ({ kind: 'kv', name: canister })),
    updateLatencyMs: 400,
  });
  try {
    await makeProject(folder, network, canisters, records);
    const text = pipe ? await piped(folder, scene) : await onScreen(folder, { ...scene, columns }, network);
    await writeFile(join(output, `${name}.txt`), `${scene.about}\n\n${text.trimEnd()}\n`);
    console.log(`docs/terminal/${name}.txt`);
  } finally {
    await network.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeProject(folder, { url, canisters }, names, records) {
  const manifest = names.map((name, index) => {
    const step = (data) => `{type: plugin, path: seed.wasm, dirs: [${data}]}`;
    const steps = index === 0 ? `${step('data')}, ${step('more')}` : step('data');
    return `  - {name: ${name}, build: {steps: []}, sync: {steps: [${steps}]}}\n`;
  });
  const networks = `networks:\n  - {name: embedded, mode: connected, url: "${url}", root-key: fetch}\n`;
  const environments = 'environments:\n  - {name: demo, network: embedded}\n';
  await writeFile(join(folder, 'icp.yaml'), `canisters:\n${manifest.join('')}${networks}${environments}`);
  for (const [data, count] of [
    ['data', records],
    ['more', 3],
  ]) {
    await mkdir(join(folder, data));
    for (let record = 1; record <= count; record++) {
      await writeFile(join(folder, data, `record-${String(record).padStart(2, '0')}.txt`), 'some text\n');
    }
  }
  await copyFile(plugin, join(folder, 'seed.wasm'));
  const ids = Object.fromEntries(canisters.map(({ name, id }) => [name, id]));
  await mkdir(join(folder, '.icp/data/mappings'), { recursive: true });
  await writeFile(join(folder, '.icp/data/mappings/demo.ids.json'), JSON.stringify(ids));
  await mkdir(join(folder, '.bin'));
  const command = join(folder, '.bin/sandpool');
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
  await chmod(command, 0o755);
}

function commandOf({ concurrency, variables = '' }) {
  return `${variables}${COMMAND}${concurrency === undefined ? '' : ` --concurrency ${concurrency}`}`;
}

async function piped(folder, scene) {
  const command = `${commandOf(scene)} 2>&1 | cat`;
  const { stdout } = await run('sh', ['-c', command], {
    cwd: folder,
    env: variablesFor(folder),
    maxBuffer: 1e8,
  });
  const lines = stdout.split('\n');
  const shown = lines.length < 120 ? lines : [...lines.slice(0, 40), '[…]', ...lines.slice(-40)];
  return `$ ${command}\n${shown.join('\n')}`;
}

function variablesFor(folder) {
  return { PATH: `${join(folder, '.bin')}:${process.env.PATH}`, HOME: folder, LANG: 'C.UTF-8', PS1: '$ ' };
}

async function onScreen(folder, scene, network) {
  const socket = `sandpool-${process.pid}`;
  const tmux = (...words) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...words], { encoding: 'utf8' });
  // tmux itself would pass on the variables of its server.
  const variables = Object.entries(variablesFor(folder)).map(([key, value]) => `${key}=${value}`);
  const size = ['-x', String(scene.columns), '-y', '24'];
  tmux('new-session', '-d', '-s', 'it', ...size, '-c', folder, 'env', ...variables, 'sh');
  try {
    tmux('set-option', '-g', 'history-limit', '10000');
    const pane = (...words) =>
      tmux('capture-pane', '-p', ...(scene.escapes ? ['-e'] : []), '-t', 'it', ...words);
    tmux('send-keys', '-t', 'it', commandOf(scene), 'Enter');
    const startedAt = performance.now();
    const at = async (seconds) => sleep(Math.max(0, startedAt + seconds * 1000 - performance.now()));
    const others = [
      scene.fault && at(scene.fault.afterSeconds).then(() => network.inject(scene.fault.fault)),
      scene.resize &&
        at(scene.resize.afterSeconds).then(() =>
          tmux('resize-window', '-t', 'it', '-x', String(scene.resize.columns)),
        ),
    ];
    const frames = [];
    for (const frame of scene.frames) {
      if (frame === 'end') {
        const deadline = AbortSignal.timeout(120_000);
        while (!/\n\$ ?$/.test(pane().trimEnd())) await sleep(100, undefined, { signal: deadline });
        frames.push(titled('the end, with what has scrolled away', allOf(pane('-S', '-')), scene.columns));
      } else {
        await at(frame[0]);
        frames.push(titled(`after ${frame[0]} s`, pane().trimEnd(), scene.columns));
      }
    }
    await Promise.all(others);
    return frames.join('\n');
  } finally {
    tmux('kill-server');
  }
}

function allOf(text) {
  const lines = text.trimEnd().split('\n');
  return (lines.length < 150 ? lines : [...lines.slice(0, 50), '[…]', ...lines.slice(-50)]).join('\n');
}

function titled(title, text, columns) {
  return `${`--- ${title} `.padEnd(columns, '-')}\n${text}\n`;
}

await mkdir(output, { recursive: true });
const wanted = process.argv.slice(2);
for (const [name, scene] of Object.entries(SCENES)) {
  if (wanted.length === 0 || wanted.includes(name)) await record(name, scene);
}
