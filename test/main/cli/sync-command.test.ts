import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { eventsOf, makeProject, ofType, type ProjectParts, removeProject, sandpool } from './command-line.js';
import { failing, looping, reporting, returning } from './guests.js';

const PLUM = 'plums are blue\n';
const RECORDS = {
  'data/one.txt': 'first',
  'data/two.txt': 'second',
  'data/deep/three.txt': 'third',
  'note.txt': PLUM,
};
const SEED = '[{type: plugin, path: seed.wasm, dirs: [data], files: [note.txt]}]';

let localnet: Localnet;
const folders: string[] = [];

function project(steps: Record<string, string>, files: ProjectParts['files'] = {}): string {
  const folder = makeProject({ network: localnet, steps, files });
  folders.push(folder);
  return folder;
}

beforeAll(async () => {
  localnet = await startLocalnet({
    canisters: [
      { kind: 'kv', name: 'alpha' },
      { kind: 'kv', name: 'beta' },
      { kind: 'kv', name: 'gamma' },
      { kind: 'test', name: 'probe' },
    ],
  });
});
afterAll(async () => {
  await localnet.close();
  for (const folder of folders) removeProject(folder);
});

describe('a sync that succeeds', () => {
  test('tells its whole story as JSON, one event a line and nothing else', async () => {
    const folder = project({ alpha: SEED, beta: SEED, gamma: SEED }, RECORDS);
    const result = await sandpool(['sync', '-e', 'test', '--json'], folder);
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    const events = eventsOf(result);
    expect(events.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true);
    expect(events[0]).toMatchObject({
      type: 'plan',
      environment: 'test',
      identity: '2vxsx-fae',
      url: `${localnet.url}/`,
    });
    expect(
      ofType(events, 'plan')[0]?.canisters.map(({ canister, canisterId }) => [canister, canisterId]),
    ).toEqual(localnet.canisters.slice(0, 3).map(({ name, id }) => [name, id]));
    expect(ofType(events, 'plugin-preparing')).toHaveLength(1);
    expect(ofType(events, 'plugin-prepared')).toMatchObject([{ ok: true, interfaceVersion: '0.1.0' }]);
    for (const name of ['alpha', 'beta', 'gamma']) {
      const own = events.filter((event) => 'canister' in event && event.canister === name);
      const types = own.map(({ type }) => type);
      expect(types.slice(0, 2)).toEqual(['canister-queued', 'step-started']);
      expect(types.slice(-2)).toEqual(['step-finished', 'canister-finished']);
      expect(ofType(own, 'call-started').map(({ call, kind }) => [call, kind])).toEqual(
        [1, 2, 3, 4].map((call) => [call, 'update']),
      );
      expect(ofType(own, 'call-ended').map(({ call, outcome }) => [call, outcome])).toEqual(
        [1, 2, 3, 4].map((call) => [call, 'ok']),
      );
      expect(ofType(own, 'output').filter(({ stream }) => stream === 'stdout')).toHaveLength(4);
      const [finished] = ofType(own, 'step-finished');
      expect(finished).toMatchObject({ ok: true, statistics: { hostCalls: 4 } });
      expect(finished?.updates.map(({ state }) => state)).toEqual(Array(4).fill('applied'));
      expect(finished?.updates.every(({ requestIdHex }) => /^[0-9a-f]{64}$/.test(requestIdHex ?? ''))).toBe(
        true,
      );
    }
    expect(events.at(-1)).toMatchObject({ type: 'summary', ok: true, synced: 3, failed: 0, exitCode: 0 });
  });

  test('for people: progress on stderr, whole lines with the canister in front; the table on stdout', async () => {
    const folder = project({ alpha: SEED, beta: SEED }, RECORDS);
    const { exitCode, stdout, stderr } = await sandpool(['sync', '--environment', 'test'], folder);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^alpha \| one: registered$/m);
    expect(stderr).toMatch(/^beta {2}\| file:note\.txt: registered$/m);
    expect(stderr.match(/^alpha ! registered 3 records and 1 files in \S+$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^canister +result +compute +waiting +calls +peak memory$/m);
    expect(stdout).toMatch(/^alpha +synced +\d+ ms +[\d.]+ m?s +4 +[\d.]+ KiB$/m);
    expect(stdout).toMatch(/^2 synced in /m);
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('failed');
  });

  test('only the canisters named', async () => {
    const folder = project({ alpha: SEED, beta: SEED }, RECORDS);
    const events = eventsOf(await sandpool(['sync', 'beta', '--json'], folder, { ICP_ENVIRONMENT: 'test' }));
    expect(ofType(events, 'canister-finished').map(({ canister }) => canister)).toEqual(['beta']);
  });

  test('nothing to do is no failure, and needs no network', async () => {
    const folder = project({ alpha: '[]' });
    const { exitCode, stdout } = await sandpool(['sync'], folder, { ICP_ENVIRONMENT: 'test' });
    expect([exitCode, stdout]).toEqual([0, 'no canisters have sync steps\n']);
    const json = await sandpool(['sync', '--json', '-e', 'test'], folder);
    expect(eventsOf(json)).toMatchObject([{ type: 'summary', ok: true }]);
  });
});

describe('failures', () => {
  test('one canister of several: the others are synced, its later steps are not run, and it comes last', async () => {
    const files = {
      ...RECORDS,
      'bad.wasm': await failing('no more plums\nat all'),
      'ok.wasm': await returning(),
    };
    const folder = project(
      { alpha: SEED, beta: '[{type: plugin, path: bad.wasm}, {type: plugin, path: ok.wasm}]', gamma: SEED },
      files,
    );
    const { exitCode, stdout, stderr } = await sandpool(['sync', '-e', 'test'], folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^beta +failed: PLUGIN_FAILED /m);
    expect(stdout).toMatch(/^2 synced, 1 failed in /m);
    expect(stderr).not.toContain('step 2 of 2');
    expect(stderr).toMatch(
      /\nfailed: beta \(\S+\), step 1 \(bad\.wasm\)\n {2}error {2}PLUGIN_FAILED: no more plums\n {9}.*at all\n/,
    );
    expect(stderr.trimEnd().endsWith('updates  none')).toBe(true);
    expect(stderr).not.toMatch(/\n\s+at .*\.js/);
  });

  test('the code they share is the exit code; different ones are 1', async () => {
    const files = { 'loop.wasm': await looping(), 'bad.wasm': await failing('no') };
    const loop = '[{type: plugin, path: loop.wasm}]';
    const folder = project({ alpha: loop, beta: loop, gamma: '[{type: plugin, path: bad.wasm}]' }, files);
    const limit = { ICP_CLI_PLUGIN_COMPUTE_LIMIT_SECS: ' 1 ' };
    const shared = await sandpool(['sync', '-e', 'test', 'alpha', 'beta', '--json'], folder, limit);
    expect(shared.exitCode).toBe(3);
    expect(ofType(eventsOf(shared), 'canister-finished').map(({ error }) => error?.code)).toEqual(
      Array(2).fill('COMPUTE_BUDGET_EXCEEDED'),
    );
    expect(ofType(eventsOf(shared), 'summary')[0]?.exitCode).toBe(3);
    expect((await sandpool(['sync', '-e', 'test'], folder, limit)).exitCode).toBe(1);
  });

  test('an option is over the variable', async () => {
    const folder = project({ alpha: '[{type: plugin, path: loop.wasm}]' }, { 'loop.wasm': await looping() });
    const result = await sandpool(['sync', '-e', 'test', '--compute-limit', '1'], folder, {
      ICP_CLI_PLUGIN_COMPUTE_LIMIT_SECS: '600',
    });
    expect(result.stderr).toContain('compute budget of 1000 ms');
    expect(result.exitCode).toBe(3);
  });

  test.each(['', '0', '-5', '1.5', '30O', 'abc'])('a compute limit of %j is refused', async (value) => {
    const folder = project({ alpha: SEED }, RECORDS);
    const { exitCode, stderr } = await sandpool(['sync', '-e', 'test'], folder, {
      ICP_CLI_PLUGIN_COMPUTE_LIMIT_SECS: value,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `ICP_CLI_PLUGIN_COMPUTE_LIMIT_SECS must be a whole number of seconds of at least 1, but is ${JSON.stringify(value)}`,
    );
  });

  test('what a plugin reports of a rejected call has the code of its cause, and its own words', async () => {
    const folder = project(
      { probe: '[{type: plugin, path: report.wasm}]' },
      { 'report.wasm': await reporting() },
    );
    const result = await sandpool(['sync', '-e', 'test', '--json'], folder);
    const [finished] = ofType(eventsOf(result), 'step-finished');
    expect(finished?.error).toMatchObject({ code: 'CANISTER_REJECTED', kind: 'network' });
    expect(finished?.error?.message).toContain(
      'canister call failed: The replica returned a rejection error',
    );
    expect(finished?.error?.message).toContain('probe');
    expect(result.exitCode).toBe(4);
  });

  test('a network that is not there', async () => {
    const folder = makeProject({
      network: { ...localnet, url: 'http://127.0.0.1:9', canisters: localnet.canisters },
      steps: { alpha: SEED },
      files: RECORDS,
    });
    folders.push(folder);
    const { exitCode, stderr } = await sandpool(['sync', '-e', 'test'], folder);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('NETWORK_UNREACHABLE');
    expect(stderr).toContain('http://127.0.0.1:9');
  });

  test('a canister that the network does not have stops all before anything is done', async () => {
    const folder = makeProject({
      network: {
        ...localnet,
        canisters: [...localnet.canisters, { name: 'ghost', id: 'rrkah-fqaaa-aaaaa-aaaaq-cai' }],
      },
      steps: { alpha: SEED, ghost: SEED },
      files: RECORDS,
    });
    folders.push(folder);
    const seeded = () => localnet.statistics().canisters[localnet.canisters[0]?.id ?? '']?.updates;
    const before = seeded();
    const result = await sandpool(['sync', '-e', 'test', '--json'], folder);
    expect(result.exitCode).toBe(4);
    expect(
      ofType(eventsOf(result), 'canister-finished').map(({ canister, outcome }) => [canister, outcome]),
    ).toEqual([
      ['alpha', 'skipped'],
      ['ghost', 'failed'],
    ]);
    expect(ofType(eventsOf(result), 'step-started')).toEqual([]);
    expect(before).toBeDefined();
    expect(seeded()).toEqual(before);
  });
});

describe('a dry run', () => {
  const STEPS = {
    alpha:
      '[{type: plugin, path: seed.wasm, dirs: [data], files: [note.txt]}, {type: script, command: "touch made"}]',
    beta: '[]',
  };

  test('says all that would be done and granted, and does none of it', async () => {
    const folder = project(STEPS, RECORDS);
    const before = localnet.statistics();
    const { exitCode, stdout, stderr } = await sandpool(['sync', '-e', 'test', '--dry-run'], folder);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const says of [
      /^1 canister would be synced \(environment test, network net at http:/m,
      /^ {2}step 1 of 2: plugin seed\.wasm$/m,
      /^ {4}sha256 +[0-9a-f]{64}$/m,
      /^ {4}interface +icp:sync-plugin@0\.1\.0$/m,
      /^ {4}may read +data and all below it$/m,
      /^ {4}is given +note\.txt \(15 B\)$/m,
      /^ {4}may call +alpha \([a-z0-9-]+\)$/m,
      /^ {2}step 2 of 2: script$/m,
      /^ {4}runs +touch made$/m,
      /^ {17}ICP_CLI_CID=[a-z0-9-]+$/m,
      /^nothing to do for beta$/m,
      /^limits of each run: 1 min 0 s of computing/m,
    ])
      expect(stdout).toMatch(says);
    expect(localnet.statistics()).toEqual(before);
    expect(existsSync(join(folder, 'made'))).toBe(false);
  });

  test('finds what would fail, everywhere at once, and ends with 1', async () => {
    const steps = {
      alpha: '[{type: plugin, path: seed.wasm, dirs: [nowhere]}]',
      beta: '[{type: plugin, path: gone.wasm}]',
    };
    const folder = project(steps);
    const words = ['sync', '-e', 'test', '--dry-run'];
    const { exitCode, stdout } = await sandpool(words, folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^ {4}would fail +DIRECTORY_NOT_FOUND: the declared directory nowhere does not exist$/m,
    );
    expect(stdout).toMatch(/^ {4}would fail +PLUGIN_NOT_FOUND: /m);
    expect(stdout).toMatch(/^2 steps would fail/m);
    const json = await sandpool([...words, '--json'], folder);
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: 'dry-run',
      ok: false,
      canisters: [
        {
          steps: [
            { kind: 'plugin', plugin: { interfaceVersion: '0.1.0' }, error: { code: 'DIRECTORY_NOT_FOUND' } },
          ],
        },
        { steps: [{ error: { code: 'PLUGIN_NOT_FOUND' } }] },
      ],
    });
  });
});

describe('scripts beside plugins', () => {
  test('run in order with them, and their failures are told', async () => {
    const folder = project(
      {
        alpha: `[{type: script, command: "cat note.txt > copy.txt"}, {type: plugin, path: seed.wasm, files: [copy.txt]}]`,
        beta: '[{type: script, commands: ["echo to stdout", "echo to stderr >&2", "exit 4"]}, {type: plugin, path: seed.wasm}]',
      },
      RECORDS,
    );
    const { exitCode, stderr, stdout } = await sandpool(['sync', '-e', 'test'], folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^alpha +synced/m);
    expect(stdout).toMatch(/^beta +failed: SCRIPT_FAILED/m);
    expect(stderr).toMatch(/^beta +\| to stdout$/m);
    expect(stderr).toMatch(/^beta +! to stderr$/m);
    expect(stderr).toMatch(
      /^failed: beta \(.*\), step 1 \(echo to stdout\)\n {2}error {2}SCRIPT_FAILED: the command `exit 4` failed with exit code 4$/m,
    );
  });

  test('--timeout ends a step, of either kind', async () => {
    const folder = project(
      { alpha: '[{type: script, command: "sleep 1000"}]', probe: '[{type: plugin, path: loop.wasm}]' },
      { 'loop.wasm': await looping() },
    );
    const { exitCode, stdout } = await sandpool(['sync', '-e', 'test', '--timeout', '1'], folder);
    expect(exitCode).toBe(3);
    expect(stdout.match(/failed: WALL_TIME_EXCEEDED/g)).toHaveLength(2);
  });

  test('--fail-fast cancels what is under way, and the exit code is that of the failure', {
    timeout: 20_000,
  }, async () => {
    const folder = project({
      alpha: '[{type: script, command: "sleep 1000"}]',
      beta: '[{type: script, command: "exit 1"}]',
    });
    const { exitCode, stdout, stderr } = await sandpool(['sync', '-e', 'test', '--fail-fast'], folder);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^alpha +cancelled/m);
    expect(stdout).toMatch(/^beta +failed: SCRIPT_FAILED/m);
    expect(stderr).toMatch(/cancelling.*canister beta failed/);
  });
});

describe('what is wrong with the project', () => {
  test('a mistake in the manifest is told with its place, and as an event', async () => {
    const folder = project({ alpha: '[{type: plugn, path: seed.wasm}]' });
    const { exitCode, stderr } = await sandpool(['sync', '-e', 'test'], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error {2}MANIFEST_INVALID: icp\.yaml:4:\d+: `type` must be .* but is `plugn` \(did you mean `plugin`\?\)/,
    );
    const json = await sandpool(['sync', '-e', 'test', '--json'], folder);
    expect(eventsOf(json)).toMatchObject([
      {
        type: 'error',
        exitCode: 2,
        error: { code: 'MANIFEST_INVALID', details: { file: 'icp.yaml', line: 4 } },
      },
    ]);
  });

  test('what icp-cli passes over is passed over with a warning', async () => {
    const folder = project({ alpha: '[{type: plugin, path: seed.wasm, file: [x]}]' });
    const { exitCode, stderr } = await sandpool(['sync', '-e', 'test'], folder);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^warning: icp\.yaml:4:\d+: a plugin step has no key `file` \(did you mean `files`\?\).*: it is left out$/m,
    );
  });

  test.each([
    ['no project', ['sync'], 'PROJECT_NOT_FOUND'],
    ['an unknown environment', ['sync', '-e', 'prod'], 'ENVIRONMENT_NOT_FOUND'],
    ['an unknown canister', ['sync', '-e', 'test', 'omega'], 'CANISTER_NOT_FOUND'],
    ['a key file that is not there', ['sync', '-e', 'test', '--identity', './me.pem'], 'IDENTITY_INVALID'],
    ['an identity that is not there', ['sync', '-e', 'test', '--identity', 'me'], 'IDENTITY_NOT_FOUND'],
  ])('%s', async (what, words, code) => {
    const folder = project({ alpha: SEED }, RECORDS);
    const where = what === 'no project' ? join(folder, '..') : folder;
    const { exitCode, stderr } = await sandpool(words, where);
    expect(stderr).toMatch(new RegExp(`^error  ${code}: `));
    expect(stderr).toMatch(/^hint {3}|identity/m);
    expect(exitCode).toBe(2);
  });

  test('the project’s folder may be given', async () => {
    const folder = project({ alpha: '[]' });
    expect((await sandpool(['sync', '-e', 'test', '--project-root-override', folder])).exitCode).toBe(0);
    expect((await sandpool(['sync', '-e', 'test'], undefined, { ICP_PROJECT_ROOT: folder })).exitCode).toBe(
      0,
    );
    expect((await sandpool(['sync', '-e', 'test'], join(folder, '.icp/data'))).exitCode).toBe(0);
  });

  test.each([
    [
      'names for a 0.1 plugin',
      'files: {seed: note.txt}',
      'MANIFEST_INVALID',
      "the plugin at seed.wasm implements icp:sync-plugin@0.1, whose entries carry no name, but 'note.txt' was declared under the name 'seed'. Write `dirs:`/`files:` as a plain list of paths, or rebuild the plugin against icp:sync-plugin@0.2.",
    ],
    ['a directory above', 'dirs: [../data]', 'PATH_NOT_CONFINED', '../data'],
    ['an absolute directory', 'dirs: [/etc]', 'PATH_NOT_CONFINED', '/etc'],
    ['an absolute file', 'files: [/etc/passwd]', 'PATH_NOT_CONFINED', '/etc/passwd'],
    ['a directory that is not there', 'dirs: [nothing]', 'DIRECTORY_NOT_FOUND', 'nothing'],
    ['a file that is not there', 'files: [nothing.txt]', 'FILE_NOT_FOUND', 'nothing.txt'],
    ['a file that is a directory', 'files: [data]', 'FILE_UNREADABLE', 'not a regular file'],
    ['a file that is not text', 'files: [binary]', 'FILE_UNREADABLE', 'not UTF-8'],
    ['a file that is a link', 'files: [link.txt]', 'PATH_THROUGH_LINK', 'link.txt'],
    ['a directory behind a link', 'dirs: [linked/deep]', 'PATH_THROUGH_LINK', 'linked'],
    ['another hash', `sha256: ${'0'.repeat(64)}`, 'PLUGIN_HASH_MISMATCH', 'seed.wasm'],
  ])('%s: that canister fails, the other does not', async (_, grant, code, says) => {
    const folder = project(
      { alpha: `[{type: plugin, path: seed.wasm, ${grant}}]`, beta: SEED },
      { ...RECORDS, binary: new Uint8Array([0x61, 0xff]) },
    );
    symlinkSync('note.txt', join(folder, 'link.txt'));
    symlinkSync('data', join(folder, 'linked'));
    const result = await sandpool(['sync', '-e', 'test', '--json'], folder);
    const finished = ofType(eventsOf(result), 'canister-finished');
    const alpha = finished.find(({ canister }) => canister === 'alpha');
    expect(alpha?.error?.code).toBe(code);
    expect(alpha?.error?.message).toContain(says);
    expect(finished.find(({ canister }) => canister === 'beta')?.outcome).toBe('synced');
    expect(result.exitCode).toBe(2);
  });
});
