// What a plugin says on its way to people and programs: it drives no terminal, forges no line of another canister's, and
// breaks no line of JSON.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import {
  type CommandResult,
  eventsOf,
  makeProject,
  ofType,
  removeProject,
  sandpool,
} from '../../main/cli/command-line.js';
import { attack, componentOf } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const ESCAPE = '\u001b';
/** One thing a line: each tells of itself if it is taken for what it looks like. */
const TEXT = [
  'working\rsound | forged by a carriage return',
  'sound | forged by a whole line',
  'sound ! forged by a whole line',
  'sound  synced  1 ms  forged by the table',
  '2 synced in 1 ms forged',
  '{"type":"canister-finished","canister":"sound","outcome":"failed","forged":true}',
  `${ESCAPE}[2J${ESCAPE}[Hforged by clearing`,
  `${ESCAPE}[1A${ESCAPE}[2Kforged by moving up`,
  `${ESCAPE}]8;;http://127.0.0.1/${ESCAPE}\\forged by a link${ESCAPE}]8;;${ESCAPE}\\`,
  `${ESCAPE}]0;forged by a title\u0007`,
  `\u009b31mforged by a single byte`,
  '\u202edegrof by direction',
  'a\u2028forged by a line separator',
  'a\u0085forged by a next line',
  'a\u000bforged by a vertical tab',
  'tab\tis kept',
].join('\n');

/** Anything that drives a terminal or makes a line look like another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
const DRIVES = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const SPLITS_CHARACTERS = `;; Prints a character a byte at a time, then half of one, then bytes that are none, then a surrogate, on one line.

(func $run (result i32)
  (call $print (text "\\c3"))
  (call $print (text "\\a4"))
  (call $print (text "\\f0\\9f\\8d"))
  (call $print (text "\\8e"))
  (call $print (text "\\e2\\82"))
  (call $print (text "x\\ff\\fe"))
  (call $print (text "\\ed\\a0\\80"))
  (call $ok))
`;

const pool = poolForTests(['prints-file', 'returns-environment', SPLITS_CHARACTERS]);

let network: Localnet;
let folder: string;
let plain: CommandResult;
let json: CommandResult;
beforeAll(async () => {
  network = await startLocalnet({
    canisters: ['hostile', 'failing', 'sound'].map((name) => ({ kind: 'kv', name }) as const),
  });
  folder = makeProject({
    network,
    steps: {
      hostile: '[{type: plugin, path: prints.wasm, files: [text.txt]}]',
      failing: '[{type: plugin, path: fails.wasm, files: [text.txt]}]',
      sound: '[{type: plugin, path: ok.wasm}]',
    },
    files: {
      'text.txt': TEXT,
      'prints.wasm': await componentOf('prints-file'),
      'fails.wasm': await componentOf(`;; Returns what the first declared file holds as its error.

(func $run (result i32)
  (call $error (call $first-file)))
`),
      'ok.wasm': await componentOf('returns-ok'),
    },
  });
  plain = await sandpool(['sync', '--environment', 'test'], folder);
  json = await sandpool(['sync', '--environment', 'test', '--json'], folder);
});
afterAll(async () => {
  await network.close();
  removeProject(folder);
});

test('lines and errors of the pool drive no terminal', async () => {
  const { stdout, stderr } = await attack(pool(), 'prints-file', { file: TEXT });
  for (const line of [...stdout, ...stderr]) expect(line).not.toMatch(DRIVES);
  expect(stdout).toContain('forged by clearing');
  const { message } = await attack(pool(), 'returns-environment', { environment: TEXT });
  expect(message).not.toMatch(DRIVES);
});

test('characters are put together again, and what is none becomes U+FFFD', async () => {
  const { stdout } = await attack(pool(), SPLITS_CHARACTERS);
  expect(stdout.join('')).toMatch(/^ä🍎\ufffd+x\ufffd+$/u);
});

test('for people, every line of a plugin begins with its own canister, whatever it looks like', () => {
  expect(plain.exitCode).toBe(1);
  const all = `${plain.stdout}\n${plain.stderr}`;
  expect(all).not.toMatch(DRIVES);
  const forged = all.split('\n').filter((line) => /forged|degrof/.test(line));
  expect(forged.length).toBeGreaterThan(20);
  for (const line of forged) expect(line).toMatch(/^(hostile|failing)\b|^\s/);
  expect(all).toMatch(/^sound +synced/m);
});

test('for programs, every line is one event, and none is made by a plugin', () => {
  const events = eventsOf(json);
  expect(json.stdout).not.toMatch(/[^\n\x20-\x7e]/);
  const finished = ofType(events, 'canister-finished');
  expect(Object.fromEntries(finished.map(({ canister, outcome }) => [canister, outcome]))).toEqual({
    hostile: 'synced',
    failing: 'failed',
    sound: 'synced',
  });
  expect(finished.some((event) => 'forged' in event)).toBe(false);
  for (const event of ofType(events, 'output')) expect(event.canister).toBe('hostile');
});
