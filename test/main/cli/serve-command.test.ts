// The service as a process: how it starts, is asked to end, and comes back.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '#src/main/client/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { type RunningCommand, sandpool, start } from './command-line.js';

const guest = (name: string) => readFile(`fixtures/build/guests/0.2/${name}.wasm`);

let network: Localnet;
let canister: string;

beforeAll(async () => {
  network = await startLocalnet({ canisters: [{ kind: 'kv', name: 'one' }], updateLatencyMs: 150 });
  canister = network.canisters[0]?.id ?? '';
});
afterAll(() => network.close());

function folderOfService(settings = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandpool-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const networks = `local: { url: "${network.url}", rootKey: ${network.rootKeyHex} }`;
  writeFileSync(
    join(folder, 'sandpool.yaml'),
    `data: ./data\nlisten: { port: 0 }\nidentities: { nobody: { anonymous: true } }\nnetworks: { ${networks} }\n${settings}`,
  );
  return folder;
}

interface Served {
  readonly process: RunningCommand;
  readonly url: string;
  readonly token: string;
  readonly client: ReturnType<typeof createClient>;
}

/** @param earlier whose token is used again */
async function serve(folder: string, earlier?: Served): Promise<Served> {
  const process = start(['serve'], folder);
  onTestFinished(() => process.kill('SIGKILL'));
  const url = (await process.until('stdout', /^http.*\n/)).trim();
  const token = earlier?.token ?? (await newToken(folder));
  return { process, url, token, client: createClient({ url, token }) };
}

async function newToken(folder: string): Promise<string> {
  const any = ['--identity', '*', '--network', '*', '--canisters', '*'];
  const { stdout } = await sandpool(['token', 'create', 't', '--scope', 'run', '--quiet', ...any], folder);
  return stdout.trim();
}

const run = (plugin: string, environment = '1') => ({
  plugin,
  canister,
  network: 'local',
  identity: 'nobody',
  environment,
});

describe('asked to end', () => {
  test('lets what is under way finish, and keeps what waits for the next process', async () => {
    const folder = folderOfService('shutdown: { deadlineMs: 20000 }\n');
    const first = await serve(folder);
    const { sha256 } = await first.client.uploadPlugin(await guest('calls-update'));
    const underWay = await first.client.createRun(run(sha256, '6'));
    // Runs of one canister go one after another.
    const waiting = await first.client.createRun(run(sha256));
    for await (const event of first.client.followEvents({ run: underWay.id })) {
      if (event.type === 'call-started') break;
    }
    first.process.kill('SIGTERM');
    await first.process.until('stderr', /asked to end/);
    const refusal = first.client.createRun(run(sha256));
    await expect(refusal).rejects.toMatchObject({ code: 'SERVICE_CLOSING' });
    expect(await first.process.ended).toMatchObject({ exitCode: 0 });

    const second = await serve(folder, first);
    expect(await second.client.getRun(underWay.id)).toMatchObject({
      state: 'succeeded',
      statistics: { hostCalls: 6 },
    });
    for await (const _event of second.client.followEvents({ run: waiting.id }));
    expect(await second.client.getRun(waiting.id)).toMatchObject({ state: 'succeeded' });
    second.process.kill('SIGINT');
    expect(await second.process.ended).toMatchObject({ exitCode: 0 });
  });

  test('cancels at the deadline, and says what was applied', async () => {
    const folder = folderOfService('shutdown: { deadlineMs: 0 }\n');
    const first = await serve(folder);
    const { sha256 } = await first.client.uploadPlugin(await guest('calls-update'));
    const { id } = await first.client.createRun(run(sha256, '1000'));
    for await (const event of first.client.followEvents({ run: id })) {
      if (event.type === 'call-ended') break;
    }
    first.process.kill('SIGTERM');
    expect(await first.process.ended).toMatchObject({ exitCode: 0 });

    const second = await serve(folder, first);
    const ended = await second.client.getRun(id);
    expect(ended).toMatchObject({ state: 'interrupted', error: { code: 'RUN_INTERRUPTED' } });
    const { items } = await second.client.listUpdates(id);
    expect(items.length).toBeGreaterThan(0);
    for (const { state } of items) expect(['applied', 'not-sent']).toContain(state);
    const again = await second.client.retryRun(id);
    expect(again).toMatchObject({ attempt: 2, retryOf: id });
  });

  test('a second time ends at once', async () => {
    const folder = folderOfService('shutdown: { deadlineMs: 60000 }\n');
    const { process, client } = await serve(folder);
    const { sha256 } = await client.uploadPlugin(await guest('sleeps-forever'));
    const { id } = await client.createRun(run(sha256));
    for await (const event of client.followEvents({ run: id })) if (event.type === 'run-computing') break;
    process.kill('SIGTERM');
    await process.until('stderr', /asked to end/);
    process.kill('SIGTERM');
    expect(await process.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });
});

describe('does not start', () => {
  test('with a configuration that is wrong, and names the place', async () => {
    const folder = folderOfService('concurency: 5\n');
    const { exitCode, stderr } = await sandpool(['serve'], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/sandpool\.yaml:5:1: .*concurrency/);
  });

  test('twice on one folder', async () => {
    const folder = folderOfService();
    await serve(folder);
    const { exitCode, stderr } = await sandpool(['serve'], folder);
    expect([exitCode, stderr]).toEqual([70, expect.stringContaining('in use by another process')]);
  });

  test('where something else listens, and gives its folder up', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const folder = folderOfService();
    const variables = { SANDPOOL_LISTEN_PORT: String(port) };
    const { exitCode, stderr } = await sandpool(['serve'], folder, variables);
    expect([exitCode, stderr]).toEqual([70, expect.stringContaining('EADDRINUSE')]);
    await serve(folder);
  });
});

test('--check says what would be served, and touches nothing', async () => {
  const folder = folderOfService('canisters: { orchard: [aaaaa-aa] }\n');
  const { exitCode, stdout, stderr } = await sandpool(['serve', '--check'], folder);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/identities +nobody +2vxsx-fae/);
  expect(stdout).toMatch(/canisters +orchard +1 canister$/m);
  const { exitCode: listed, stdout: tokens } = await sandpool(['token', 'list'], folder);
  expect([listed, tokens]).toEqual([0, expect.stringContaining('0 tokens')]);
});
