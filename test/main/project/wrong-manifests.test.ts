import { expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { parseProject } from '#src/main/project/load-project.js';

const BUILD = 'build: {steps: [{type: script, command: make}]}';
const HEX_64 = 'a'.repeat(64);

function step(lines: string): string {
  const indented = lines.trim().split('\n').join('\n          ');
  return `canisters:\n  - name: a\n    ${BUILD}\n    sync:\n      steps:\n        - type: plugin\n          ${indented}\n`;
}

function network(lines: string): string {
  return `networks:\n  - name: net\n    mode: connected\n    ${lines.trim().split('\n').join('\n    ')}\n`;
}

/** What is wrong, where it is said to be, and what the text must hold. */
const CASES: readonly (readonly [what: string, manifest: string, place: string, says: readonly string[]])[] =
  [
    ['an unknown key', 'canistres: []\n', '1:1', ['`canistres`', 'did you mean `canisters`?']],
    [
      'an unknown key of a canister',
      `canisters:\n  - name: a\n    ${BUILD}\n    synch: {}\n`,
      '4:5',
      ['`sync`'],
    ],
    [
      'an unknown key of sync',
      `canisters:\n  - name: a\n    ${BUILD}\n    sync: {step: []}\n`,
      '4:12',
      ['`steps`'],
    ],
    ['a list that is a map', 'canisters: {a: b}\n', '1:12', ['`canisters`', 'a list', 'a map']],
    [
      'a map that is a list',
      `canisters:\n  - name: a\n    ${BUILD}\n    sync: []\n`,
      '4:11',
      ['`sync` must be a map'],
    ],
    ['a manifest that is a list', '- a\n- b\n', '1:1', ['`canisters`', 'a list']],
    ['a canister with no name', `canisters:\n  - ${BUILD}\n`, '2:5', ['`name`']],
    [
      'a canister with a number for a name',
      `canisters:\n  - name: 7\n    ${BUILD}\n`,
      '2:11',
      ['`7`', 'quotes'],
    ],
    ['a bad canister name', `canisters:\n  - name: my.app\n    ${BUILD}\n`, '2:11', ['`my.app`', '`-`']],
    [
      'two canisters of one name',
      `canisters:\n  - {name: a, ${BUILD}}\n  - {name: a, ${BUILD}}\n`,
      '3:5',
      ['two', '`a`'],
    ],
    ['no build and no recipe', 'canisters:\n  - name: a\n', '2:5', ['`build`', '`recipe`']],
    [
      'a recipe and a build',
      `canisters:\n  - name: a\n    recipe: {type: x}\n    ${BUILD}\n`,
      '4:12',
      ['`build`'],
    ],
    [
      'a recipe and sync',
      'canisters:\n  - name: a\n    recipe: {type: x}\n    sync: {steps: []}\n',
      '4:11',
      ['`sync`'],
    ],
    ['sync with no steps', `canisters:\n  - name: a\n    ${BUILD}\n    sync: {}\n`, '4:11', ['`steps`']],
    [
      'a step with no type',
      `canisters:\n  - name: a\n    ${BUILD}\n    sync: {steps: [{path: x}]}\n`,
      '4:20',
      ['`type`'],
    ],
    [
      'an unknown step type',
      `canisters:\n  - name: a\n    ${BUILD}\n    sync: {steps: [{type: plugn}]}\n`,
      '4:27',
      ['`plugn`', 'did you mean `plugin`?'],
    ],
    [
      'an assets step',
      `canisters:\n  - name: a\n    ${BUILD}\n    sync: {steps: [{type: assets, dir: x}]}\n`,
      '4:27',
      ['`assets`', '`plugin`'],
    ],
    [
      'a plugin with path and url',
      step(`path: a.wasm\nurl: https://x/a.wasm\nsha256: ${HEX_64}`),
      '8:16',
      ['`path`', '`url`', 'both'],
    ],
    ['a plugin with neither', step('sha256: x'), '6:11', ['`path`', '`url`']],
    ['a plugin url with no sha256', step('url: https://example.com/a.wasm'), '6:11', ['`sha256`']],
    [
      'a plugin url that is none',
      step(`url: ftp://x/a.wasm\nsha256: ${HEX_64}`),
      '7:16',
      ['`ftp://x/a.wasm`', 'https://'],
    ],
    ['an empty path', step('path: ""'), '7:17', ['`path`', 'empty']],
    ['a path that is a number', step('path: 12'), '7:17', ['`12`', 'text']],
    [
      'a sha256 that is short',
      step('path: a.wasm\nsha256: abc123'),
      '8:19',
      ['64', '`abc123`', '6 characters'],
    ],
    ['a sha256 that is not hex', step(`path: a.wasm\nsha256: ${'g'.repeat(64)}`), '8:19', ['hexadecimal']],
    ['files that are text', step('path: a.wasm\nfiles: data'), '8:18', ['`files`', 'list', 'map']],
    ['a file that is a map', step('path: a.wasm\nfiles:\n  - {a: b}'), '9:15', ['`files`', 'a map']],
    ['a file that is a number', step('path: a.wasm\nfiles: {x: [1]}'), '8:23', ['`1`', 'quotes']],
    ['a file that is empty', step('path: a.wasm\ndirs: [""]'), '8:18', ['`dirs`', 'empty']],
    ['a key of files that is a number', step('path: a.wasm\nfiles: {1: x}'), '8:19', ['`1`', 'quotes']],
    ['a field that is a list', step('path: a.wasm\nfields: {x: [1]}'), '8:23', ['`x`', 'a list']],
    ['a field that is empty', step('path: a.wasm\nfields: {x: ~}'), '8:23', ['`x`', 'empty']],
    [
      'callable canisters that are text',
      step('path: a.wasm\ncanisters: backend'),
      '8:22',
      ['`canisters`', 'a list'],
    ],
    ['a callable canister with a bad name', step('path: a.wasm\ncanisters: [a b]'), '8:23', ['`a b`']],
    ['an environment with no name', 'environments:\n  - network: ic\n', '2:5', ['`name`']],
    [
      'an environment on an unknown network',
      'environments:\n  - {name: x, network: i}\n',
      '2:24',
      ['`x`', '`i`', '`ic`'],
    ],
    [
      'an environment with an unknown canister',
      `canisters:\n  - {name: back, ${BUILD}}\nenvironments:\n  - {name: x, canisters: [bakc]}\n`,
      '4:27',
      ['`bakc`', 'did you mean `back`?'],
    ],
    [
      'two environments of one name',
      'environments:\n  - name: x\n  - name: x\n',
      '3:5',
      ['two environments', '`x`'],
    ],
    ['an environment name that leaves its folder', 'environments:\n  - name: ../x\n', '2:11', ['`../x`']],
    ['a network with no mode', 'networks:\n  - {name: x, url: http://x}\n', '2:5', ['`mode`', '`connected`']],
    [
      'a network with an unknown mode',
      'networks:\n  - {name: x, mode: conected}\n',
      '2:21',
      ['did you mean `connected`?'],
    ],
    ['a network named ic', 'networks:\n  - {name: ic, mode: managed}\n', '2:12', ['`ic`', 'built in']],
    ['a network with no url', network('root-key: fetch'), '2:5', ['`url`']],
    [
      'a network with url and api-url',
      network('url: http://x\napi-url: http://y\nroot-key: fetch'),
      '5:14',
      ['both'],
    ],
    [
      'a network address that is none',
      network('url: localhost:4943\nroot-key: fetch'),
      '4:10',
      ['`localhost:4943`', 'http://127.0.0.1'],
    ],
    ['a network with no root-key', network('url: http://x'), '2:5', ['`root-key`', '`mainnet`']],
    [
      'a root-key that is short',
      network('url: http://x\nroot-key: abcd'),
      '5:15',
      ['266', '`abcd`', '4 characters'],
    ],
    ['a tab', 'canisters:\n\t- name: a\n', '2:1', ['tab']],
    ['a key that occurs twice', 'networks: []\nnetworks: []\n', '2:1', ['twice']],
    ['a bracket that is not closed', 'canisters: [a\nnetworks: []\n', '2:1', ['not valid YAML']],
    ['a quote that is not closed', 'canisters: "a\n', '2:1', ['quote']],
    ['two documents', 'canisters: []\n---\nnetworks: []\n', '2:1', ['second YAML document']],
    ['an anchor that is not there', 'canisters: *all\n', '1:12', ['`&all`']],
    [
      'a tag of another language',
      'canisters: []\nnetworks:\n  - {name: !secret x, mode: managed}\n',
      '3:20',
      ['`!secret`'],
    ],
    [
      'a canister at a path where there is none',
      'canisters:\n  - nowhere\n',
      '2:5',
      ['`nowhere`', '`canister.yaml`'],
    ],
    ['a canister at an empty path', 'canisters:\n  - ""\n', '2:5', ['empty']],
    ['a pattern with three stars', 'canisters: ["a/***"]\n', '1:13', ['`a/***`', 'three stars']],
    ['a pattern with stars in a name', 'canisters: ["a/b**"]\n', '1:13', ['`**`']],
    ['a pattern with an open bracket', 'canisters: ["a/[b"]\n', '1:13', ['`[`', 'not closed']],
    [
      'a network at a path where there is none',
      'networks:\n  - net.yaml\n',
      '2:5',
      ['network', '`net.yaml`'],
    ],
    [
      'an environment at a path where there is none',
      'environments: [e.yaml]\n',
      '1:16',
      ['environment', '`e.yaml`'],
    ],
    [
      'an environment that names a canister of a dependency',
      'environments: [{name: x, canisters: ["a:b"]}]\n',
      '1:38',
      ['dependency', 'its own manifest'],
    ],
    ['a dependency with no name', 'dependencies: [{path: y}]\n', '1:16', ['`name`']],
    ['a dependency with no path', 'dependencies: [{name: y}]\n', '1:16', ['`path`', '`y`']],
    [
      'a dependency where there is no project',
      'dependencies: [{name: x, path: y}]\n',
      '1:32',
      ['`y`', '`x`', '`icp.yaml`'],
    ],
    ['a dependency with a bad name', 'dependencies: [{name: "a:b", path: y}]\n', '1:23', ['`a:b`']],
    [
      'an unknown key of a dependency',
      'dependencies: [{name: a, pth: y}]\n',
      '1:26',
      ['did you mean `path`?'],
    ],
    [
      'two dependencies of one name',
      'dependencies:\n  - {name: a, path: x}\n  - {name: a, path: y}\n',
      '3:12',
      ['two', '`a`'],
    ],
    [
      'a dependency with the name of a canister',
      `canisters: [{name: a, ${BUILD}}]\ndependencies: [{name: a, path: y}]\n`,
      '2:23',
      ['`a`', 'canister'],
    ],
    [
      'a recipe of no known kind',
      'canisters: [{name: a, recipe: {type: rust}}]\n',
      '1:38',
      ['`rust`', 'file://', '@registry/recipe@version'],
    ],
    [
      'a recipe without a version',
      'canisters: [{name: a, recipe: {type: "@dfinity/rust"}}]\n',
      '1:38',
      ['`@dfinity/rust`', 'version'],
    ],
    ['a recipe with no type', 'canisters: [{name: a, recipe: {}}]\n', '1:31', ['`type`']],
    [
      'an unknown key of a recipe',
      'canisters: [{name: a, recipe: {type: x, config: {}}}]\n',
      '1:41',
      ['`configuration`'],
    ],
    [
      'a configuration that is a list',
      'canisters: [{name: a, recipe: {type: "file://x", configuration: [b]}}]\n',
      '1:65',
      ['`configuration`', 'a map'],
    ],
    [
      'a sha256 of a recipe that is short',
      'canisters: [{name: a, recipe: {type: "file://x", sha256: ab}}]\n',
      '1:58',
      ['64', '`ab`'],
    ],
    [
      'a script with both forms',
      `canisters: [{name: a, ${BUILD}, sync: {steps: [{type: script, command: a, commands: [b]}]}}]\n`,
      '1:87',
      ['`command`', '`commands`'],
    ],
    ['a control character in a name', 'environments:\n  - name: "x\\e[31m"\n', '2:11', ['\\u{1b}']],
  ];

async function problemOf(manifest: string): Promise<SandpoolError> {
  try {
    await parseProject(manifest, '/project');
  } catch (error) {
    if (error instanceof SandpoolError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test.each(CASES)('%s', async (_, manifest, place, says) => {
  const error = await problemOf(manifest);
  expect(error.code).toBe('MANIFEST_INVALID');
  expect(error.message).toMatch(/^icp\.yaml:\d+:\d+: /);
  for (const text of says) expect(error.message).toContain(text);
  expect(`${error.details['line']}:${error.details['column']}`).toBe(place);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(error.message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
});

// As icp-cli, which takes them for nothing at all; but a key that was misspelt is worth a word.
test.each([
  ['a step', step('path: a.wasm\nfile: [x]'), 'icp.yaml:8:11', 'did you mean `files`?'],
  [
    'an environment',
    'environments:\n  - name: x\n    netwrok: ic\n',
    'icp.yaml:3:5',
    'did you mean `network`?',
  ],
  ['a network', network('url: http://x\nroot-key: fetch\nroot_key: x'), 'icp.yaml:6:5', '`root-key`'],
])('an unknown key of %s is left out with a warning', async (_, manifest, place, says) => {
  const { warnings } = await parseProject(manifest, '/project');
  expect(warnings).toEqual([expect.stringContaining(place)]);
  expect(warnings[0]).toContain(says);
});

test('a list with nothing in it has nothing in it', async () => {
  const { canisters, warnings } = await parseProject('canisters:\nnetworks: ~\ndependencies:\n', '/project');
  expect([canisters.size, warnings.length]).toEqual([0, 0]);
});
