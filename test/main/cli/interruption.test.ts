import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { eventsOf, makeProject, ofType, type RunningCommand, removeProject, start } from './command-line.js';
import { incrementing, incrementingOnce, looping } from './guests.js';

let localnet: Localnet;
let silentNetwork: Localnet;
let guests: Record<string, Uint8Array>;
const folders: string[] = [];
const commands: RunningCommand[] = [];

function sync(network: Localnet, steps: Record<string, string>, words: readonly string[]): RunningCommand {
  const folder = makeProject({ network, steps, files: guests });
  folders.push(folder);
  const command = start(['sync', '-e', 'test', ...words], folder);
  commands.push(command);
  return command;
}

/** How many updates the canister of that name has executed. */
function executed(network: Localnet, name: string, method: string): number {
  const id = network.canisters.find((canister) => canister.name === name)?.id ?? '';
  return network.statistics().canisters[id]?.updates[method] ?? 0;
}

beforeAll(async () => {
  const canisters = [
    { kind: 'test', name: 'alpha' },
    { kind: 'test', name: 'beta' },
  ] as const;
  localnet = await startLocalnet({ canisters, updateLatencyMs: 50 });
  silentNetwork = await startLocalnet({ canisters });
  guests = {
    'count.wasm': await incrementing(),
    'once.wasm': await incrementingOnce(),
    'loop.wasm': await looping(),
  };
});
afterEach(() => {
  for (const command of commands.splice(0)) command.kill('SIGKILL');
});
afterAll(async () => {
  await localnet.close();
  await silentNetwork.close();
  for (const folder of folders) removeProject(folder);
});

/** Both canisters have seen a call through, in whatever order. */
const BOTH_CALLED = /^(?=(?:.*\n)*.*"call-ended".*"alpha")(?=(?:.*\n)*.*"call-ended".*"beta")/;

const COUNT = '[{type: plugin, path: count.wasm}]';

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the runs, and every update is accounted for',
  async (signal) => {
    const before = {
      alpha: executed(localnet, 'alpha', 'increment'),
      beta: executed(localnet, 'beta', 'increment'),
    };
    const command = sync(localnet, { alpha: COUNT, beta: COUNT }, ['--json']);
    await command.until('stdout', BOTH_CALLED);
    command.kill(signal);
    const result = await command.ended;
    expect([result.exitCode, result.signal]).toEqual([130, null]);
    const events = eventsOf(result);
    expect(ofType(events, 'cancelling')).toMatchObject([{ reason: `interrupted by ${signal}` }]);
    expect(events.at(-1)).toMatchObject({ type: 'summary', ok: false, cancelled: 2, exitCode: 130 });
    for (const step of ofType(events, 'step-finished')) {
      expect(step.error?.code).toBe('CANCELLED');
      const name = step.canister as 'alpha' | 'beta';
      const applied = step.updates.filter(({ state }) => state === 'applied').length;
      expect(step.updates.every(({ state }) => state === 'applied' || state === 'not-sent')).toBe(true);
      expect(applied).toBeGreaterThan(0);
      expect(executed(localnet, name, 'increment') - before[name]).toBe(applied);
    }
  },
);

test('people are told what was applied, canister by canister', async () => {
  const command = sync(localnet, { alpha: COUNT, beta: '[{type: plugin, path: loop.wasm}]' }, []);
  const before = executed(localnet, 'alpha', 'increment');
  await command.until('stderr', /^beta +\| running loop\.wasm$/m);
  await new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (executed(localnet, 'alpha', 'increment') < before + 2) return;
      clearInterval(look);
      resolve();
    }, 5);
  });
  command.kill('SIGINT');
  const { exitCode, stderr, stdout } = await command.ended;
  expect(exitCode).toBe(130);
  const applied = executed(localnet, 'alpha', 'increment') - before;
  expect(stderr).toMatch(
    new RegExp(`\\ncancelled: alpha .*\\n  updates  ${applied} applied(, \\d+ not sent)?\\n`),
  );
  expect(stderr).toMatch(/\ncancelled: beta .*\n {2}updates {2}none\n/);
  expect(stdout).toMatch(/^2 cancelled in /m);
});

test('the second signal leaves at once, with an update still under way', async () => {
  silentNetwork.inject({ kind: 'no-reply', method: 'increment', moment: 'after' });
  const command = sync(silentNetwork, { alpha: '[{type: plugin, path: once.wasm}]' }, ['--json']);
  await command.until('stdout', /"type":"call-started"/);
  command.kill('SIGINT');
  await command.until('stdout', /"type":"cancelling"/);
  const startedAt = performance.now();
  command.kill('SIGINT');
  const { exitCode, signal } = await command.ended;
  expect([exitCode, signal]).toEqual([null, 'SIGKILL']);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
