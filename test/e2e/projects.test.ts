// The same files, read by icp-cli and by sandpool: both must make the same project of them.

import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadProject } from '#src/main/project/load-project.js';
import { renderRecipes } from '#src/main/sync/render-recipes.js';
import { icpCliRunsHere } from '../../scripts/icp-cli.mjs';
import { makeFolder } from '../support/folder.js';
import { runIcpCli } from '../support/icp-cli.js';
import { describedByIcpCli, describedBySandpool } from '../support/project-description.js';

const SHA = 'aB'.repeat(32);
const BUILD = 'build: {steps: [{type: script, command: "true"}]}';
const KEY = `308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100${'a7'.repeat(96)}`;

/** A canister of that name, in a file of its own. */
const canister = (name: string, more = ''): string => `name: ${name}\n${BUILD}\n${more}`;
/** A canister of that name, in a list. */
const inline = (name: string): string => `{name: ${name}, ${BUILD}}`;

const RECIPE = `build:
  steps:
    - {type: script, command: "true"}
sync:
  steps:
    - type: plugin
      path: {{ _.canister.name }}.wasm
      fields: {name: {{ replace "h" "H" _.canister.name }}{{#if retries}}, retries: {{ retries }}{{/if}}}
      dirs:
      {{#each dirs}}
        - {{ this }}/{{ @index }}
      {{else}}
        []
      {{/each}}
    {{#if note}}
    - {type: script, command: "echo {{ note }}"}
    {{/if}}
`;

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const PROJECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'nothing at all': { 'icp.yaml': '' },
  'lists with nothing in them': { 'icp.yaml': 'canisters:\nenvironments: []\n' },
  'every form of a step': {
    'icp.yaml': `canisters:
  - name: a
    ${BUILD}
    sync:
      steps:
        - {type: plugin, path: ./x/../p.wasm, sha256: ${SHA}, dirs: [d, e], files: [f]}
        - {type: plugin, path: q.wasm, files: {seed: [data, ../shared], "10": ten, one: one}, fields: {z: 3, a: true, n: 1.50}, canisters: [a, b]}
        - {type: plugin, url: "https://Example.com/p.wasm", sha256: ${SHA}}
        - {type: script, command: ls -l}
        - {type: script, commands: [ls, "true"]}
        - {type: script, commands: []}
  - ${inline('b')}
`,
  },
  'canisters by path': {
    'icp.yaml': 'canisters: [one, ./deep/two/, deep/../deep/three]\n',
    'one/canister.yaml': canister('one', 'sync: {steps: [{type: plugin, path: ../p.wasm}]}\n'),
    'deep/two/canister.yaml': canister('two'),
    'deep/three/canister.yaml': canister('third'),
  },
  'canisters by pattern': {
    'icp.yaml': 'canisters: ["services/*", "ui/**", "[x-z]?/c*", "{brace}/*"]\n',
    'services/b/canister.yaml': canister('b'),
    'services/a/canister.yaml': canister('a'),
    'services/Z/canister.yaml': canister('Z'),
    'services/.hidden/canister.yaml': canister('hidden'),
    'services/empty/readme': '',
    'services/file': '',
    'ui/canister.yaml': canister('ui'),
    'ui/deep/deeper/canister.yaml': canister('deeper'),
    'ui/deep/canister.yaml': canister('deep'),
    'x1/cat/canister.yaml': canister('cat'),
    'y1/dog/canister.yaml': canister('dog'),
    'w1/cow/canister.yaml': canister('cow'),
    '{brace}/k/canister.yaml': canister('k'),
    'brace/l/canister.yaml': canister('l'),
  },
  'a pattern that matches nothing': { 'icp.yaml': 'canisters: ["nowhere/*"]\n' },
  'networks of every kind': {
    'icp.yaml': `networks:
  - {name: plain, mode: connected, url: "http://LOCALHOST:4943", root-key: fetch}
  - {name: split, mode: connected, api-url: "https://api.example.com/base", http-gateway-url: "https://example.com", root-key: mainnet}
  - {name: bare, mode: connected, api-url: "https://x", root-key: ${KEY.toUpperCase()}}
  - {name: made, mode: managed, gateway: {port: 0}, ii: true}
  - {name: local, mode: connected, url: "http://127.0.0.1:8000", root-key: fetch}
  - nets/one.yaml
`,
    'nets/one.yaml': `{name: filed, mode: connected, url: "http://f", root-key: ${KEY}}\n`,
  },
  'environments of every kind': {
    'icp.yaml': `canisters: [${inline('a')}, ${inline('b')}, ${inline('c')}]
networks: [{name: net, mode: connected, url: "http://x", root-key: fetch}]
environments:
  - {name: some, network: net, canisters: [c, a, c]}
  - {name: none, canisters: []}
  - {name: all, network: ic}
  - {name: local, network: net, canisters: [b]}
  - envs/filed.yaml
`,
    'envs/filed.yaml': 'name: filed\nnetwork: net\ncanisters: [b]\nsettings: {b: {}}\n',
  },
  dependencies: {
    'icp.yaml': `canisters: [${inline('main')}]
dependencies:
  - {name: mail, path: vendor/mail, canisters: [inbox]}
  - {name: chat, path: ./vendor/chat/}
environments: [{name: prod, canisters: []}, {name: staging}]
`,
    'vendor/mail/icp.yaml': `canisters: [${inline('inbox')}, ${inline('outbox')}]
environments: [{name: prod, network: nowhere, canisters: [outbox]}]
`,
    'vendor/chat/icp.yaml': `canisters: [rooms]
dependencies: [{name: post, path: ../mail, canisters: []}]
environments: [{name: prod}, envs/staging.yaml]
`,
    'vendor/chat/rooms/canister.yaml': canister('rooms'),
    'vendor/chat/envs/staging.yaml': 'name: staging\n',
  },
  recipes: {
    'icp.yaml': `canisters:
  - {name: shop, recipe: {type: "file://recipes/site.hbs", configuration: {dirs: [a, b], retries: 1.0, note: "x & y"}}}
  - {name: till, recipe: {type: "file://./recipes/site.hbs", sha256: ${hashOf(RECIPE)}, configuration: {dirs: []}}}
  - {name: bare, recipe: {type: "file://recipes/bare.hbs"}}
  - nested
dependencies: [{name: mail, path: mail}]
`,
    'nested/canister.yaml': 'name: nested\nrecipe: {type: "file://recipes/bare.hbs", configuration: ~}\n',
    'mail/icp.yaml':
      'canisters: [{name: inbox, recipe: {type: "file://recipes/site.hbs", configuration: {dirs: [m]}}}]\n',
    'recipes/site.hbs': RECIPE,
    'recipes/bare.hbs':
      'build: {steps: [{type: script, command: "make {{ _.canister.name }}"}]}\nextra: ignored\n',
  },
  'a dependency reached in two ways': {
    'icp.yaml': 'dependencies: [{name: a, path: a}, {name: b, path: b}, {name: again, path: shared}]\n',
    'a/icp.yaml': `canisters: [${inline('x')}]\ndependencies: [{name: s, path: ../shared}]\n`,
    'b/icp.yaml': `canisters: [${inline('x')}]\ndependencies: [{name: s, path: ../shared}]\n`,
    'shared/icp.yaml': `canisters: [${inline('x')}, ${inline('y')}]\n`,
  },
};

describe.runIf(icpCliRunsHere)('sandpool makes of the files what icp-cli makes', () => {
  test.each(Object.entries(PROJECTS))('%s', async (_, files) => {
    using folder = makeFolder(files);
    const shown = await runIcpCli(folder.path, ['project', 'show']);
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    const project = await loadProject(folder.path);
    const rendered = await renderRecipes(project, [...project.canisters.values()], { addresses: 'any' });
    expect(describedBySandpool(rendered)).toEqual(describedByIcpCli(shown.stdout));
  });

  test('through links', async () => {
    using folder = makeFolder({
      'icp.yaml': 'canisters: ["linked/*", "pattern/*"]\ndependencies: [{name: d, path: dependency}]\n',
      'real/a/canister.yaml': canister('a'),
      'real/b/canister.yaml': canister('b'),
      'other/icp.yaml': `canisters: [${inline('o')}]\n`,
    });
    mkdirSync(join(folder.path, 'pattern'));
    symlinkSync('real', join(folder.path, 'linked'));
    symlinkSync('../real/a', join(folder.path, 'pattern/c'));
    symlinkSync('other', join(folder.path, 'dependency'));
    const twice = await runIcpCli(folder.path, ['project', 'show']);
    expect(twice.exitCode).toBe(1);
    await expect(loadProject(folder.path)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    symlinkSync('../real/b', join(folder.path, 'pattern/d'));
  });
});

describe.runIf(icpCliRunsHere)('both refuse', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    [
      'projects that depend on each other',
      {
        'icp.yaml': 'dependencies: [{name: a, path: a}]\n',
        'a/icp.yaml': 'dependencies: [{name: b, path: ../b}]\n',
        'b/icp.yaml': 'dependencies: [{name: a, path: ../a}]\n',
      },
    ],
    ['a dependency on the project itself', { 'icp.yaml': 'dependencies: [{name: a, path: .}]\n' }],
    [
      'a canister that a dependency does not show',
      {
        'icp.yaml': 'dependencies: [{name: a, path: a, canisters: [nobody]}]\n',
        'a/icp.yaml': `canisters: [${inline('x')}]\n`,
      },
    ],
    [
      'an environment of a dependency with a canister there is not',
      {
        'icp.yaml': 'dependencies: [{name: a, path: a}]\n',
        'a/icp.yaml': 'environments: [{name: x, canisters: [nobody]}]\n',
      },
    ],
    [
      'two canisters of one name in two folders',
      {
        'icp.yaml': 'canisters: ["*"]\n',
        'a/canister.yaml': canister('same'),
        'b/canister.yaml': canister('same'),
      },
    ],
    [
      'a mistake in a canister’s own file',
      {
        'icp.yaml': 'canisters: [a]\n',
        'a/canister.yaml': 'name: a\nbuild: {steps: [{type: script, command: x}]}\nsync: {step: []}\n',
      },
    ],
  ])('%s', async (_, files) => {
    using folder = makeFolder(files);
    expect((await runIcpCli(folder.path, ['project', 'show'])).exitCode).toBe(1);
    await expect(loadProject(folder.path)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });
});
