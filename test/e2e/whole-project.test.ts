// One project with everything in it, synced by icp-cli and by sandpool on two networks that are alike: both must
// leave the same state, tell plugins and scripts the same, and say the same of what fails.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IDL } from '@icp-sdk/core/candid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCanisterClient } from '#src/main/canister/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { icpCliRunsHere } from '../../scripts/icp-cli.mjs';
import { type CommandResult, sandpool } from '../main/cli/command-line.js';
import { failing } from '../main/cli/guests.js';
import { makeFolder, type TestFolder } from '../support/folder.js';
import { runIcpCli } from '../support/icp-cli.js';

const BUILD = 'build: {steps: [{type: script, command: "true"}]}';
const fixture = (path: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url)));
const MINUTES = 60_000;

/** Scripts add to it what they are told. */
const SCRIPT_LOG = 'script.log';

/** By the names that the project has for them. */
const KINDS = {
  plain: 'kv',
  keyed: 'kv',
  ledger: 'kv',
  scripted: 'kv',
  talker: 'test',
  refused: 'test',
  broken: 'test',
  late: 'kv',
  'vendor/mail:inbox': 'test',
  'vendor/mail:outbox': 'kv',
  proxy: 'proxy',
} as const;

const MANIFEST = (url: string) => `canisters:
  - name: plain
    ${BUILD}
    sync: {steps: [{type: plugin, path: seed-c.wasm, dirs: [data], files: [note.txt]}]}
  - name: keyed
    ${BUILD}
    sync:
      steps:
        - {type: plugin, path: seed-keyed.wasm, files: {seed: data, note: note.txt}, fields: {prefix: k/, ledger: ledger}, canisters: [ledger]}
  - {name: ledger, ${BUILD}}
  - name: scripted
    ${BUILD}
    sync:
      steps:
        - {type: script, commands: ["env | grep ^ICP_CLI_ | sort >> ${SCRIPT_LOG}"]}
        - {type: plugin, path: seed-c.wasm, files: [note.txt]}
  - name: talker
    ${BUILD}
    sync:
      steps:
        - type: plugin
          path: tells-all.wasm
          files: {tree: data, alone: note.txt, "10": note.txt, pair: [note.txt, data]}
          fields: {call-host: increment, direct-host: increment, query-host: whoami, call-vendor/mail:inbox: increment, query-vendor/mail:inbox: whoami, call-mine: whoami, call-ledger: set, call-stranger: x, query-host2: x, section-host: purpose, direct_section-host: secret, section-ledger: "candid:service", section-mine: nowhere, number: 1.50, truth: TRUE}
          canisters: [ledger, vendor/mail:inbox]
  - name: refused
    ${BUILD}
    sync: {steps: [{type: plugin, path: failing.wasm}]}
  - name: broken
    ${BUILD}
    sync: {steps: [{type: script, command: "echo before; exit 3"}, {type: plugin, path: seed-c.wasm, files: [note.txt]}]}
  - canisters/late
dependencies:
  - {name: mail, path: vendor/mail, canisters: [inbox]}
networks:
  - {name: net, mode: connected, url: "${url}", root-key: fetch}
environments:
  - {name: test, network: net}
`;

const MAIL = `canisters:
  - name: inbox
    ${BUILD}
    sync:
      steps:
        - {type: plugin, path: ../../tells-all.wasm, files: {up: ../../note.txt}, fields: {call-outbox: get, query-host: whoami}, canisters: [outbox]}
  - {name: outbox, ${BUILD}}
environments:
  - {name: test}
`;

interface Site {
  readonly network: Localnet;
  readonly folder: TestFolder;
}

async function site(): Promise<Site> {
  const controllers = ['2vxsx-fae', 'proxy'];
  const network = await startLocalnet({
    canisters: Object.entries(KINDS).map(([name, kind]) => ({
      name,
      kind,
      controllers: name === 'proxy' ? ['2vxsx-fae'] : controllers,
    })),
  });
  const ids = network.canisters.filter(({ name }) => name !== 'proxy').map(({ name, id }) => [name, id]);
  const folder = makeFolder({
    'icp.yaml': MANIFEST(network.url),
    'vendor/mail/icp.yaml': MAIL,
    'canisters/late/canister.yaml': `name: late\n${BUILD}\nsync: {steps: [{type: plugin, path: ../../seed-c.wasm, dirs: [seed]}]}\n`,
    'canisters/late/seed/one.txt': 'first',
    '.icp/data/mappings/test.ids.json': JSON.stringify(Object.fromEntries(ids)),
    'data/apple.txt': 'red',
    'data/deep/plum.txt': 'blue',
    'note.txt': 'a note\n',
    'seed-c.wasm': fixture('plugins/seed-data-c/plugin.wasm'),
    'seed-keyed.wasm': fixture('build/seed-data-keyed.wasm'),
    'tells-all.wasm': fixture('build/tells-all.wasm'),
    'failing.wasm': await failing('as it was told'),
  });
  return { network, folder };
}

function idOf({ network }: Site, name: keyof typeof KINDS): string {
  return network.canisters.find((canister) => canister.name === name)?.id ?? '';
}

/** Everything that the key-value canisters hold, and how often each canister was asked for what. */
async function stateOf({ network }: Site): Promise<unknown> {
  const client = await createCanisterClient({ url: network.url, rootKey: network.rootKey });
  const list = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
  try {
    const stores = network.canisters.filter(({ kind }) => kind === 'kv');
    const contents = await Promise.all(
      stores.map(async ({ name, id }) => {
        const reply = await client.query({ canisterId: id, method: 'list', arg: IDL.encode([], []) });
        return [name, IDL.decode([list], reply)];
      }),
    );
    const statistics = network.statistics().canisters;
    const updates = network.canisters.map(({ name, id }) => [name, statistics[id]?.updates ?? {}]);
    return { contents: Object.fromEntries(contents), updates: Object.fromEntries(updates) };
  } finally {
    await client.close();
  }
}

/** What the plugin `tells-all` told, by canister, however the host decorates a line. */
function toldIn(text: string, { network }: Site): Record<string, string[]> {
  const told: Record<string, string[]> = {};
  for (const line of text.split('\n')) {
    const [, canister, rest] = /^\[?([a-zA-Z/:]+)\]?\s+(?:! )?(\[".*\])$/.exec(line) ?? [];
    if (canister === undefined || rest === undefined) continue;
    const lines = told[canister] ?? [];
    // Both hosts repeat lines at the end, which icp-cli does in place of showing them at once.
    const everywhere = rest.replaceAll(network.url, 'http://network');
    if (!lines.includes(everywhere)) lines.push(everywhere);
    told[canister] = lines;
  }
  return told;
}

describe.runIf(icpCliRunsHere).each(['directly', 'through a proxy canister'])(
  'a whole project, %s',
  (way) => {
    let theirs: Site;
    let ours: Site;
    let icpCli: { exitCode: number; stdout: string; stderr: string };
    let command: CommandResult;

    beforeAll(async () => {
      [theirs, ours] = await Promise.all([site(), site()]);
      const words = (where: Site) => [
        'sync',
        ...['-e', 'test'],
        ...(way === 'directly' ? [] : ['--proxy', idOf(where, 'proxy')]),
      ];
      icpCli = await runIcpCli(theirs.folder.path, [...words(theirs), '--identity', 'anonymous']);
      command = await sandpool([...words(ours), '--identity', 'anonymous'], ours.folder.path);
    }, 5 * MINUTES);
    afterAll(async () => {
      for (const { network, folder } of [theirs, ours]) {
        await network.close();
        folder[Symbol.dispose]();
      }
    });

    test('leaves the same state', async () => {
      const state = await stateOf(ours);
      expect(state).toEqual(await stateOf(theirs));
      expect(state).toMatchObject({ contents: { plain: { length: 1 }, keyed: { length: 1 } } });
    });

    test('tells plugins the same, and their calls come to the same', () => {
      const told = toldIn(command.stderr, ours);
      expect(told).toEqual(toldIn(icpCli.stderr, theirs));
      expect(Object.keys(told)).toEqual(expect.arrayContaining(['talker', 'vendor/mail:inbox']));
      expect(told['talker']?.length).toBeGreaterThan(10);
    });

    test('tells scripts the same', () => {
      const log = ({ folder }: Site) =>
        readFileSync(`${folder.path}/${SCRIPT_LOG}`, 'utf8').split('\n').sort();
      expect(log(ours)).toEqual(log(theirs));
      expect(log(ours)).toContain(`ICP_CLI_CID_VENDOR_MAIL_INBOX=${idOf(ours, 'vendor/mail:inbox')}`);
    });

    test('fails for the same canisters, and says why in the same words', () => {
      expect(icpCli.exitCode).toBe(1);
      expect(command.exitCode).toBe(1);
      const failed = [...icpCli.stderr.matchAll(/Failed to sync canister '([^']+)'/g)].map(
        ([, name]) => name,
      );
      const ourFailed = [...command.stderr.matchAll(/^failed: (\S+)/gm)].map(([, name]) => name);
      expect(ourFailed).toEqual(['refused', 'broken']);
      expect(failed).toEqual(ourFailed);
      for (const text of ['as it was told', 'echo before; exit 3']) {
        expect(icpCli.stderr).toContain(text);
        expect(command.stderr).toContain(text);
      }
    });
  },
);
