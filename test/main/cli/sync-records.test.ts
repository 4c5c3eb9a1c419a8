import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { lastReportFile } from '#src/main/sync/last-report.js';
import type { ReportDocument } from '#src/main/sync/report-document.js';
import type { SyncEvent } from '#src/main/sync/sync-events.js';
import { problems, publishedSchema } from '../../support/schemas.js';
import {
  eventsOf,
  makeProject,
  ofType,
  type RunningCommand,
  removeProject,
  sandpool,
  start,
} from './command-line.js';
import { failing, incrementing, looping, returning } from './guests.js';

const validEvent = publishedSchema('sync-events');
const validReport = publishedSchema('sync-report');
const SEED = '[{type: plugin, path: seed.wasm, dirs: [data]}]';
const step = (plugin: string) => `{type: plugin, path: ${plugin}.wasm}`;

let localnet: Localnet;
let files: Record<string, string | Uint8Array>;
const folders: string[] = [];
const commands: RunningCommand[] = [];

beforeAll(async () => {
  localnet = await startLocalnet({
    canisters: [
      { kind: 'kv', name: 'alpha' },
      { kind: 'kv', name: 'beta' },
      { kind: 'test', name: 'probe' },
    ],
    updateLatencyMs: 20,
  });
  files = {
    'data/one.txt': 'first',
    'data/two.txt': 'second',
    'bad.wasm': await failing('no more plums'),
    'ok.wasm': await returning(),
    'loop.wasm': await looping(),
    'count.wasm': await incrementing(),
  };
});
afterEach(() => {
  for (const command of commands.splice(0)) command.kill('SIGKILL');
});
afterAll(async () => {
  await localnet.close();
  for (const folder of folders) removeProject(folder);
});

function project(steps: Record<string, string>): string {
  const folder = makeProject({ network: localnet, steps, files });
  folders.push(folder);
  return folder;
}

function started(words: readonly string[], folder: string): RunningCommand {
  const command = start(words, folder);
  commands.push(command);
  return command;
}

/** The report in that file, which has to be as the schema has it. */
function reportIn(folder: string, file = 'report.json'): ReportDocument {
  const report = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  expect(problems(validReport, report)).toBe('');
  return report;
}

function checked(events: readonly SyncEvent[]): readonly SyncEvent[] {
  for (const event of events) expect(problems(validEvent, event), JSON.stringify(event)).toBe('');
  return events;
}

const outcomes = ({ canisters }: ReportDocument) =>
  canisters.map(({ canister, outcome, error }) => [canister, outcome, error?.code]);

const SYNC = ['sync', '-e', 'test'];

describe('the events are as their schema has them', () => {
  test('of a sync in which one canister fails, with a warning', async () => {
    const folder = project({
      alpha: SEED,
      beta: `[${step('ok')}, {type: plugin, path: bad.wasm, fields: {x: y}}]`,
    });
    const events = checked(eventsOf(await sandpool([...SYNC, '--json'], folder)));
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([
        'plan',
        'warning',
        'plugin-preparing',
        'plugin-prepared',
        'canister-queued',
        'step-started',
        'output',
        'call-started',
        'call-ended',
        'step-finished',
        'canister-finished',
        'summary',
      ]),
    );
  });

  test('of a plugin that cannot be prepared, and of an error before there is a plan', async () => {
    const folder = project({ alpha: `[${step('nothing')}]` });
    const events = checked(eventsOf(await sandpool([...SYNC, '--json'], folder)));
    expect(ofType(events, 'plugin-prepared')).toMatchObject([{ ok: false }]);
    const errors = checked(eventsOf(await sandpool([...SYNC, 'nobody', '--json'], folder)));
    expect(errors.map(({ type }) => type)).toEqual(['error']);
  });

  test('of a sync that is cancelled', async () => {
    const folder = project({ probe: `[${step('count')}]` });
    const command = started([...SYNC, '--json'], folder);
    await command.until('stdout', /"call-ended"/);
    command.kill('SIGINT');
    const events = checked(eventsOf(await command.ended));
    expect(ofType(events, 'cancelling')).toHaveLength(1);
  });

  test('of a step that is silent for ten seconds, with what it uses', async () => {
    localnet.inject({ kind: 'no-reply', endpoint: 'call', method: 'increment' });
    try {
      const command = started([...SYNC, '--json'], project({ probe: `[${step('count')}]` }));
      await command.until('stdout', /"step-alive".*\n/);
      command.kill('SIGKILL');
      const { stdout } = await command.ended;
      const text = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
      const [alive] = ofType(checked(eventsOf({ ...(await command.ended), stdout: text })), 'step-alive');
      expect(alive).toMatchObject({
        canister: 'probe',
        step: 1,
        call: 1,
        usage: { hostCalls: 1, memoryBytes: 65_536 },
      });
      expect(alive?.usage?.waitingMs).toBeGreaterThan(9_000);
      expect(alive?.usage?.computeMs).toBeLessThan(5_000);
    } finally {
      localnet.clearFaults();
    }
  }, 60_000);

  test.each([
    ['a kind that there is not', { type: 'step-begun' }],
    ['no time', { time: undefined }],
    ['a field of another type', { message: 7 }],
    ['a field that there is not', { more: 1 }],
  ])('and another is not: %s', (_, change) => {
    const good = { type: 'warning', time: '2030-01-01T00:00:00.000Z', message: 'x' };
    expect(problems(validEvent, good)).toBe('');
    expect(problems(validEvent, JSON.parse(JSON.stringify({ ...good, ...change })))).not.toBe('');
  });
});

describe('--report', () => {
  test('says what came of each canister, step and update', async () => {
    const folder = project({ alpha: SEED, beta: `[${step('ok')}, ${step('bad')}, ${step('ok')}]` });
    const { exitCode } = await sandpool([...SYNC, '--report', 'report.json'], folder);
    const report = reportIn(folder);
    expect(report).toMatchObject({
      version: 1,
      command: 'sync',
      ending: 'finished',
      ok: false,
      exitCode,
      environment: 'test',
      network: { name: 'net', url: `${localnet.url}/` },
      identity: '2vxsx-fae',
      leftOver: [],
    });
    expect(outcomes(report)).toEqual([
      ['alpha', 'synced', undefined],
      ['beta', 'failed', 'PLUGIN_FAILED'],
    ]);
    const [alpha, beta] = report.canisters;
    expect(alpha?.steps).toMatchObject([
      { step: 1, label: 'seed.wasm', outcome: 'ok', statistics: { hostCalls: 2 } },
    ]);
    expect(alpha?.steps[0]?.updates.map(({ state }) => state)).toEqual(['applied', 'applied']);
    expect(
      alpha?.steps[0]?.updates.every(({ requestIdHex }) => /^[0-9a-f]{64}$/.test(requestIdHex ?? '')),
    ).toBe(true);
    expect(beta?.plannedSteps).toBe(3);
    expect(beta?.steps.map(({ outcome }) => outcome)).toEqual(['ok', 'failed']);
    expect(beta?.error).toMatchObject({ kind: 'plugin', message: 'no more plums' });
    expect(report.durationMs).toBeGreaterThan(alpha?.durationMs ?? Number.POSITIVE_INFINITY);
    expect(reportIn(folder, lastReportFile('test'))).toEqual(report);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('of a sync that is cancelled, and of one that is left at once', async () => {
    const folder = project({ alpha: SEED, probe: `[${step('count')}]` });
    const words = [...SYNC, '--json', '--report', 'report.json'];
    const command = started(words, folder);
    await command.until('stdout', /"call-ended".*"probe"|"canister":"probe".*\n.*"call-ended"/);
    command.kill('SIGINT');
    expect((await command.ended).exitCode).toBe(130);
    const cancelled = reportIn(folder);
    expect(cancelled).toMatchObject({ ending: 'cancelled', ok: false, exitCode: 130 });
    expect(cancelled.canisters.find(({ canister }) => canister === 'probe')).toMatchObject({
      outcome: 'cancelled',
    });

    localnet.inject({ kind: 'no-reply', endpoint: 'call', method: 'increment' });
    try {
      rmSync(join(folder, 'report.json'));
      const stuck = started(words, folder);
      await stuck.until('stdout', /"type":"call-started","canister":"probe"/);
      stuck.kill('SIGINT');
      await stuck.until('stdout', /"cancelling"/);
      stuck.kill('SIGINT');
      expect((await stuck.ended).signal).toBe('SIGKILL');
    } finally {
      localnet.clearFaults();
    }
    const forced = reportIn(folder);
    expect(forced).toMatchObject({ ending: 'forced', ok: false, exitCode: 137 });
    expect(forced.canisters.find(({ canister }) => canister === 'probe')).toMatchObject({
      outcome: 'cancelled',
      steps: [{ outcome: 'unfinished' }],
    });
  });

  test('of a sync that came to nothing', async () => {
    const folder = project({ alpha: SEED });
    await sandpool([...SYNC, 'nobody', '--report', 'report.json'], folder);
    expect(reportIn(folder)).toMatchObject({
      ending: 'failed',
      exitCode: 2,
      error: { code: 'CANISTER_NOT_FOUND' },
      canisters: [],
    });
    expect(existsSync(join(folder, lastReportFile('test')))).toBe(false);
    await sandpool([...SYNC, '--identity', './nobody.pem', '--report', 'report.json'], folder);
    const report = reportIn(folder);
    expect(report).toMatchObject({ ending: 'failed', exitCode: 2, error: { code: 'IDENTITY_INVALID' } });
    expect(outcomes(report)).toEqual([['alpha', 'skipped', undefined]]);
  });

  test.each(['--report', '--trace'])(
    '%s into a folder that is not there: nothing is synced',
    async (option) => {
      const folder = project({ alpha: SEED });
      const updates = () => JSON.stringify(localnet.statistics().canisters[localnet.canisters[0]?.id ?? '']);
      const before = updates();
      const { exitCode, stderr } = await sandpool([...SYNC, option, 'nowhere/file.json'], folder);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^error {2}OUTPUT_UNWRITABLE: nowhere\/file\.json cannot be written: ENOENT/);
      expect(updates()).toBe(before);
    },
  );

  test('`run` writes one too, and keeps none', async () => {
    const folder = project({ alpha: SEED });
    const id = localnet.canisters[0]?.id ?? '';
    const words = ['run', 'seed.wasm', '--canister', id, '--network', localnet.url, '--dir', 'data'];
    expect((await sandpool([...words, '--report', 'report.json'], folder)).exitCode).toBe(0);
    const report = reportIn(folder);
    expect(report).toMatchObject({ command: 'run', ok: true });
    expect(report.warnings).toHaveLength(1);
    expect(existsSync(join(folder, '.icp/cache'))).toBe(false);
  });

  test('a last report that cannot be kept is a warning', async () => {
    const folder = project({ alpha: SEED });
    mkdirSync(join(folder, '.icp'), { recursive: true });
    writeFileSync(join(folder, '.icp/cache'), 'a file');
    const { exitCode, stderr } = await sandpool(SYNC, folder);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: the report of this sync: .*test\.report\.json cannot be written/m);
  });
});

describe('--only-failed', () => {
  test('syncs what was not synced last time, until all is', async () => {
    const folder = project({ alpha: SEED, beta: `[${step('bad')}]`, probe: `[${step('bad')}]` });
    const only = async (...words: string[]) => {
      const result = await sandpool([...SYNC, '--json', '--only-failed', ...words], folder);
      return {
        ...result,
        names: ofType(eventsOf(result), 'canister-queued').map(({ canister }) => canister),
      };
    };
    const missing = await only();
    expect(missing.exitCode).toBe(2);
    expect(eventsOf(missing)).toMatchObject([{ type: 'error', error: { code: 'LAST_REPORT_MISSING' } }]);

    await sandpool(SYNC, folder);
    expect((await only()).names).toEqual(['beta', 'probe']);
    expect((await only('probe', 'alpha')).names).toEqual(['probe']);
    // Those that were not asked for are not forgotten.
    expect(reportIn(folder, lastReportFile('test')).leftOver).toEqual(['beta']);
    writeFileSync(join(folder, 'bad.wasm'), files['ok.wasm'] ?? '');
    expect((await only('beta')).names).toEqual(['beta']);
    expect((await only()).names).toEqual(['probe']);
    const none = await sandpool([...SYNC, '--only-failed'], folder);
    expect([none.exitCode, none.stdout]).toEqual([0, 'no canister is left to sync: none failed\n']);
    expect((await only()).names).toEqual([]);
    expect((await only('nobody')).exitCode).toBe(2);

    writeFileSync(join(folder, lastReportFile('test')), '{"version": 1');
    const damaged = await sandpool([...SYNC, '--only-failed'], folder);
    expect(damaged.exitCode).toBe(2);
    expect(damaged.stderr).toMatch(/LAST_REPORT_INVALID: .*\.icp\/cache\/sandpool\/test\.report\.json/);
  }, 60_000);
});
