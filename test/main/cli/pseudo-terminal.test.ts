// The built command under a real pseudo-terminal, which util-linux's `script` makes.

import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { TerminalScreen } from '../../support/terminal-screen.js';
import { makeProject, removeProject } from './command-line.js';
import { incrementing } from './guests.js';

const BIN = fileURLToPath(new URL('../../../dist/main/command/sandpool.cjs', import.meta.url));
const CTRL_C = '\u0003';
const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

/** Ends the process by an error that nobody catches, once something is drawn. */
const DEFECT = `import { isMainThread } from 'node:worker_threads';
const { write } = process.stderr;
let thrown = false;
if (isMainThread) process.stderr.write = (text, ...others) => {
  if (!thrown && String(text).includes('running')) {
    thrown = true;
    setImmediate(() => { throw new Error('a defect'); });
  }
  return write.call(process.stderr, text, ...others);
};`;

let localnet: Localnet;
let folder: string;

beforeAll(async () => {
  localnet = await startLocalnet({
    canisters: [
      { kind: 'kv', name: 'alpha' },
      { kind: 'test', name: 'probe' },
    ],
    updateLatencyMs: 100,
  });
  folder = makeProject({
    network: localnet,
    steps: {
      alpha: '[{type: plugin, path: seed.wasm, dirs: [data]}]',
      probe: '[{type: plugin, path: count.wasm}]',
    },
    files: { 'data/one.txt': 'first', 'data/two.txt': 'second', 'count.wasm': await incrementing() },
  });
  writeFileSync(join(folder, 'defect.mjs'), DEFECT);
});
afterAll(async () => {
  await localnet.close();
  removeProject(folder);
});

/** Runs `sandpool` there, and types what the keys say when the pattern before them has been seen. */
async function onTerminal(
  words: string,
  variables: Readonly<Record<string, string>> = {},
  keys: readonly (readonly [seen: RegExp, typed: string])[] = [],
) {
  const child = spawn(
    'script',
    ['-qec', `stty cols 80 rows 24; exec "${process.execPath}" "${BIN}" ${words}`, '/dev/null'],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm-256color', ...variables },
    },
  );
  let text = '';
  const pending = [...keys];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const [next] = pending;
    if (next === undefined || !next[0].test(text)) return;
    pending.shift();
    child.stdin.write(next[1]);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // It throws on whatever it does not know.
  const screen = new TerminalScreen(80, 24, 'coloured');
  screen.write(text);
  return { exitCode, screen, text };
}

describe.skipIf(!hasScript)('a pseudo-terminal', () => {
  test('is as it was after a sync, and shows what came of it', async () => {
    const { exitCode, screen, text } = await onTerminal('sync -e test alpha');
    expect(exitCode).toBe(0);
    expect(text).toContain('\u001b[?25l');
    expect(text).toMatch(/waiting 0\.\d s on update 1 register/);
    expect(screen.cursorVisible).toBe(true);
    expect(screen.wraps).toBe(true);
    expect(screen.text).toMatch(
      /^syncing 1 canister .*\n?.*2vxsx-fae\nalpha \| synced in .*\n\nmessages of the plugins\n/,
    );
    expect(screen.text).not.toMatch(/\d of 1 done/);
    expect(screen.text).toMatch(/\n1 synced in [\d.]+ m?s$/);
  });

  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }, ''],
    ['a terminal that can do nothing', { TERM: 'dumb' }, ''],
    ['--plain', {}, '--plain'],
  ])('without colours: %s', async (what, variables, option) => {
    const { exitCode, text } = await onTerminal(`sync -e test alpha ${option}`, variables);
    expect(exitCode).toBe(0);
    const looks = text
      .split('\u001b[')
      .slice(1)
      .filter((rest) => /^\d+m/.test(rest));
    expect(looks).toEqual([]);
    expect(text.includes('\u001b')).toBe(what === 'NO_COLOR');
  });

  test('has its cursor back after Ctrl-C', async () => {
    const { exitCode, screen } = await onTerminal('sync -e test', {}, [[/on update 2 increment/, CTRL_C]]);
    expect(exitCode).toBe(130);
    expect(screen.cursorVisible).toBe(true);
    expect(screen.text).toMatch(
      /ending: press Ctrl-C again to leave at once\ncancelling: interrupted by SIGINT/,
    );
    expect(screen.text).toMatch(
      /cancelled: probe \(.*\), step 1 \(count\.wasm\)\n {2}updates {2}\d+ applied/,
    );
  });

  test('and after the second', async () => {
    localnet.inject({ kind: 'no-reply', endpoint: 'call', method: 'increment' });
    try {
      const { exitCode, screen } = await onTerminal('sync -e test probe', {}, [
        [/on update 1 increment/, CTRL_C],
        [/ending, 0 of 1 done/, CTRL_C],
      ]);
      expect(exitCode).toBe(137);
      expect(screen.cursorVisible).toBe(true);
      expect(screen.text).not.toContain('0 of 1 done');
    } finally {
      localnet.clearFaults();
    }
  });

  test('and after a defect, of which there is a report', async () => {
    const { exitCode, screen } = await onTerminal('sync -e test probe --report defect.json', {
      NODE_OPTIONS: `--import ${join(folder, 'defect.mjs')}`,
    });
    expect(exitCode).toBe(70);
    expect(screen.cursorVisible).toBe(true);
    expect(screen.text).toMatch(/error {2}INTERNAL: unexpected: a defect\nhint/);
    expect(screen.text).not.toContain('0 of 1 done');
    const { default: report } = await import(join(folder, 'defect.json'), { with: { type: 'json' } });
    expect(report).toMatchObject({ ending: 'forced', exitCode: 70, canisters: [{ outcome: 'cancelled' }] });
  });
});
