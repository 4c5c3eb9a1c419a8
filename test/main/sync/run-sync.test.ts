import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CanisterClient, createCanisterClient } from '#src/main/canister/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { SandboxPool } from '#src/main/pool/sandbox-pool.js';
import { parseProject } from '#src/main/project/load-project.js';
import { planSync, type SyncPlan } from '#src/main/sync/plan.js';
import { runSync, type SyncOptions } from '#src/main/sync/run-sync.js';
import type { SyncEvent } from '#src/main/sync/sync-events.js';
import { deploymentOf } from '../../support/deployment.js';
import { TRANSLATIONS } from '../../support/translations.js';
import { failing, incrementing, incrementingOnce, reporting, returning } from '../cli/guests.js';

const folder = mkdtempSync(join(tmpdir(), 'sandpool-sync-'));
let localnet: Localnet;
let pool: SandboxPool;
let client: CanisterClient;

beforeAll(async () => {
  localnet = await startLocalnet({
    canisters: ['alpha', 'beta', 'gamma', 'delta'].map((name) => ({ kind: 'test', name })),
  });
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 8 });
  client = await createCanisterClient({ url: localnet.url, rootKey: localnet.rootKey });
  const guests = {
    once: await incrementingOnce(),
    forever: await incrementing(),
    fail: await failing('as it was told'),
    report: await reporting(),
    ok: await returning(),
  };
  for (const [name, bytes] of Object.entries(guests)) writeFileSync(join(folder, `${name}.wasm`), bytes);
});
beforeEach(() => localnet.clearFaults());
afterAll(async () => {
  await client.close();
  await pool.close({ deadlineMs: 0 });
  await localnet.close();
  rmSync(folder, { recursive: true });
});

/** A plan in which each canister runs the plugins named, one after another. */
async function planOf(plugins: Record<string, readonly string[]>): Promise<SyncPlan> {
  const canisters = Object.entries(plugins).map(
    ([name, steps]) =>
      `  - {name: ${name}, build: {}, sync: {steps: [${steps.map((step) => `{type: plugin, path: ${step}.wasm}`)}]}}\n`,
  );
  const manifest = `canisters:\n${canisters.join('')}networks: [{name: net, mode: connected, url: "${localnet.url}", root-key: fetch}]\nenvironments: [{name: test, network: net}]\n`;
  const byName = new Map(localnet.canisters.map(({ name, id }) => [name, id]));
  const project = await parseProject(manifest, folder);
  return planSync(project, deploymentOf(project, 'test', byName));
}

async function sync(plugins: Record<string, readonly string[]>, options: Partial<SyncOptions> = {}) {
  const events: SyncEvent[] = [];
  const report = await runSync(await planOf(plugins), {
    pool,
    client,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { report, events, outcomes: report.canisters.map(({ name, outcome }) => `${name} ${outcome}`) };
}

function idOf(name: string): string {
  return localnet.canisters.find((canister) => canister.name === name)?.id ?? '';
}

function incremented(name: string): number {
  return localnet.statistics().canisters[idOf(name)]?.updates['increment'] ?? 0;
}

/** Calls a method of the management canister that takes a canister. */
async function manage(method: string, name: string): Promise<void> {
  const id = idOf(name);
  const record = IDL.Record({ canister_id: IDL.Principal });
  const arg = new Uint8Array(IDL.encode([record], [{ canister_id: Principal.fromText(id) }]));
  await client.update({ canisterId: 'aaaaa-aa', method, arg, effectiveCanisterId: id });
}

/** Resolves when the canister has executed an update more than `before`. */
async function untilIncremented(name: string, before: number): Promise<void> {
  while (incremented(name) === before) await setImmediate();
}

describe('steps', () => {
  test('go in order, and stop at the one that fails', async () => {
    const before = incremented('alpha');
    const { report, events } = await sync({ alpha: ['once', 'once', 'fail', 'once'] });
    const [alpha] = report.canisters;
    expect(alpha?.steps.map(({ label, error }) => [label, error?.code])).toEqual([
      ['once.wasm', undefined],
      ['once.wasm', undefined],
      ['fail.wasm', 'PLUGIN_FAILED'],
    ]);
    expect(alpha?.error?.message).toBe('as it was told');
    expect(incremented('alpha') - before).toBe(2);
    const story = events.flatMap((event) => ('step' in event ? [`${event.type} ${event.step}`] : []));
    expect(story.indexOf('step-finished 1')).toBeLessThan(story.indexOf('step-started 2'));
    expect(report.exitCode).toBe(1);
  });

  test('of which one cannot be made ready: none is run', async () => {
    const before = incremented('alpha');
    const { report } = await sync({ alpha: ['once', 'absent'] });
    expect(report.canisters[0]).toMatchObject({
      outcome: 'failed',
      error: { code: 'PLUGIN_NOT_FOUND' },
      steps: [],
    });
    expect(incremented('alpha')).toBe(before);
  });
});

test('canisters go in parallel, each plugin is prepared once, and one that fails stops no other', async () => {
  const { outcomes, events, report } = await sync({
    alpha: ['once'],
    beta: ['fail'],
    gamma: ['once'],
    delta: ['absent'],
  });
  expect(outcomes).toEqual(['alpha synced', 'beta failed', 'gamma synced', 'delta failed']);
  expect(events.filter(({ type }) => type === 'plugin-preparing')).toHaveLength(3);
  expect(report.exitCode).toBe(1);
  expect(report.ok).toBe(false);
});

test('no more canisters at once than asked for', async () => {
  let running = 0;
  let most = 0;
  await sync(
    { alpha: ['once', 'once'], beta: ['once', 'once'], gamma: ['once'], delta: ['once'] },
    {
      concurrency: 2,
      onEvent: (event) => {
        if (event.type === 'step-started') running += 1;
        if (event.type === 'step-finished') running -= 1;
        most = Math.max(most, running);
      },
    },
  );
  expect(most).toBe(2);
});

test('a concurrency below 1 is refused', async () => {
  await expect(sync({ alpha: ['ok'] }, { concurrency: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

test('a stopped canister stops all before anything is done', async () => {
  const before = incremented('alpha');
  await manage('stop_canister', 'beta');
  try {
    const { outcomes, report, events } = await sync({ alpha: ['once'], beta: ['once'] });
    expect(outcomes).toEqual(['alpha skipped', 'beta failed']);
    expect(report.canisters[1]?.error).toMatchObject({
      code: 'CANISTER_NOT_RUNNING',
      details: { status: 'stopped' },
    });
    expect(report.exitCode).toBe(4);
    expect(events.some(({ type }) => type === 'step-started')).toBe(false);
    expect(incremented('alpha')).toBe(before);
  } finally {
    await manage('start_canister', 'beta');
  }
});

describe('what a plugin repeats of a failed call', () => {
  test('gives its error the code of the cause, and keeps its words', async () => {
    const { report } = await sync({ alpha: ['report'] });
    const error = report.canisters[0]?.error;
    expect(error?.code).toBe('CANISTER_REJECTED');
    expect(error?.message).toContain('alpha');
    expect(error?.message).toContain(
      'canister call failed: The replica returned a rejection error: reject code',
    );
    expect(error?.cause).toMatchObject({ code: 'CANISTER_REJECTED' });
  });

  test('says of a forged answer that it could not be verified', async () => {
    localnet.inject({ kind: 'broken-signature', method: 'echo' });
    const { report } = await sync({ alpha: ['report'] });
    expect(report.canisters[0]?.error?.code).toBe('CERTIFICATE_INVALID');
    expect(report.exitCode).toBe(4);
  });
});

describe('cancelling', () => {
  test('ends runs and starts nothing more', async () => {
    const controller = new AbortController();
    const before = incremented('alpha');
    const { outcomes, report } = await sync(
      { alpha: ['forever', 'once'], beta: ['once'] },
      {
        concurrency: 1,
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'call-ended') controller.abort(new Error('enough'));
        },
      },
    );
    expect(outcomes).toEqual(['alpha cancelled', 'beta cancelled']);
    expect(report.exitCode).toBe(130);
    const [step] = report.canisters[0]?.steps ?? [];
    const applied = step?.updates.filter(({ state }) => state === 'applied').length;
    expect(applied).toBe(incremented('alpha') - before);
    expect(report.canisters[1]?.steps).toEqual([]);
  });

  test('before it began: nothing is sent', async () => {
    const requests = localnet.statistics().httpRequests;
    const { outcomes, report } = await sync({ alpha: ['once'] }, { signal: AbortSignal.abort() });
    expect(outcomes).toEqual(['alpha cancelled']);
    expect(report.exitCode).toBe(130);
    expect(localnet.statistics().httpRequests).toBe(requests);
  });

  test('an update whose answer never comes is reported as unknown, with its request id', async () => {
    const controller = new AbortController();
    const before = incremented('alpha');
    localnet.inject({ kind: 'no-reply', method: 'increment', moment: 'after' });
    const { report } = await sync(
      { alpha: ['once'] },
      {
        signal: controller.signal,
        settleMs: 50,
        onEvent: (event) => {
          if (event.type === 'call-started') untilIncremented('alpha', before).then(() => controller.abort());
        },
      },
    );
    const [update] = report.canisters[0]?.steps[0]?.updates ?? [];
    expect(update).toMatchObject({ state: 'unknown', requestIdHex: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(report.exitCode).toBe(130);
  });
});
