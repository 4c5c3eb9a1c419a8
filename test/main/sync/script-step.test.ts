import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { PlannedScript } from '#src/main/sync/plan.js';
import { runScript, type ScriptContext } from '#src/main/sync/script-step.js';
import { makeFolder } from '../../support/folder.js';

const folder = makeFolder({ 'here.txt': 'content' });
afterAll(() => folder[Symbol.dispose]());

interface Outcome {
  readonly lines: string[];
  readonly code: string | undefined;
  readonly message: string | undefined;
}

async function run(
  commands: readonly string[],
  context: Partial<ScriptContext> = {},
  variables: PlannedScript['variables'] = {},
): Promise<Outcome> {
  const lines: string[] = [];
  const step: PlannedScript = { kind: 'script', label: commands[0] ?? '', commands, variables };
  try {
    await runScript(step, {
      folder: folder.path,
      signal: new AbortController().signal,
      onLine: (stream, line) => lines.push(`${stream} ${line}`),
      ...context,
    });
    return { lines, code: undefined, message: undefined };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { lines, code, message };
  }
}

test('commands run in order, in the folder, with the shell’s own syntax', async () => {
  const { lines, code } = await run(['cat here.txt; echo', 'pwd', 'echo a | tr a b && echo "$((1 + 1))"']);
  expect(code).toBeUndefined();
  expect(lines).toEqual(['stdout content', `stdout ${folder.path}`, 'stdout b', 'stdout 2']);
});

test('what is set is added to what is inherited, and wins over it', async () => {
  process.env['SANDPOOL_INHERITED'] = 'inherited';
  process.env['ICP_CLI_CID'] = 'wrong';
  try {
    const { lines } = await run(['echo $SANDPOOL_INHERITED $ICP_CLI_CID'], {}, { ICP_CLI_CID: 'right' });
    expect(lines).toEqual(['stdout inherited right']);
  } finally {
    delete process.env['SANDPOOL_INHERITED'];
    delete process.env['ICP_CLI_CID'];
  }
});

test('the first command that fails is the last', async () => {
  const { lines, code, message } = await run(['echo one', 'echo two >&2; exit 7', 'echo three']);
  expect(lines).toEqual(['stdout one', 'stderr two']);
  expect([code, message]).toEqual([
    'SCRIPT_FAILED',
    'the command `echo two >&2; exit 7` failed with exit code 7',
  ]);
});

test.each([
  ['an empty command', '  ', 'is empty'],
  ['a command that a signal ends', 'kill -KILL $$', 'was ended by SIGKILL'],
  ['a command there is not', 'no-such-command-here', 'failed with exit code 127'],
])('%s fails', async (_, command, says) => {
  const { code, message } = await run([command]);
  expect(code).toBe('SCRIPT_FAILED');
  expect(message).toContain(says);
});

test('a command too long for the system is a failure of the command', async () => {
  const { code, message } = await run([`: ${'x'.repeat(200_000)}`]);
  expect([code, message]).toEqual(['SCRIPT_FAILED', expect.stringContaining('cannot be run: E2BIG')]);
});

test('a folder that is not there is a failure of the command', async () => {
  const { code } = await run(['true'], { folder: join(folder.path, 'nowhere') });
  expect(code).toBe('SCRIPT_FAILED');
});

test('lines arrive whole and clean, the last one too, whatever its end', async () => {
  const { lines } = await run([
    `printf 'a\\r\\n\\033[31mred\\033[0m\\n'; printf 'cut \\303'; printf '\\251'`,
  ]);
  expect(lines).toEqual(['stdout a', 'stdout red', 'stdout cut é']);
});

test('a line without an end is passed on in pieces', async () => {
  const { lines } = await run(['head -c 200000 /dev/zero | tr "\\0" x']);
  expect(lines.map((line) => line.length - 'stdout '.length)).toEqual([65_536, 65_536, 65_536, 3_392]);
});

describe('a script that does not end', () => {
  /** Says the id of its child once both are there, then waits for ever. */
  const forever = 'sleep 1000 & echo $!; trap "" TERM; wait; sleep 1000';

  async function isGone(pid: number): Promise<void> {
    await expect
      .poll(
        () => {
          try {
            process.kill(pid, 0);
            return 'alive';
          } catch {
            return 'gone';
          }
        },
        { timeout: 10_000 },
      )
      .toBe('gone');
  }

  test('is cancelled, and what it started ends with it', { timeout: 20_000 }, async () => {
    const controller = new AbortController();
    let child = 0;
    const { code } = await run([forever, 'echo never'], {
      signal: controller.signal,
      onLine: (_, line) => {
        child = Number(line);
        controller.abort();
      },
    });
    expect(code).toBe('CANCELLED');
    await isGone(child);
  });

  test('is cancelled too when only what it left in the background holds its output', {
    timeout: 10_000,
  }, async () => {
    const controller = new AbortController();
    let left = 0;
    const { code } = await run(['sleep 1000 & echo $$ $!'], {
      signal: controller.signal,
      onLine: async (_, line) => {
        const [shell = 0, child = 0] = line.split(' ').map(Number);
        left = child;
        await isGone(shell);
        controller.abort();
      },
    });
    expect(code).toBe('CANCELLED');
    process.kill(left, 'SIGKILL');
  });

  test('ends when its time is over', { timeout: 20_000 }, async () => {
    const { code, message } = await run(['sleep 1000'], { wallTimeMs: 50 });
    expect([code, message]).toEqual(['WALL_TIME_EXCEEDED', 'the run took longer than 50 ms']);
  });

  test('is never begun when it is cancelled before', async () => {
    const file = join(folder.path, 'made');
    writeFileSync(file, '');
    const { code } = await run([`rm ${file}`], { signal: AbortSignal.abort() });
    expect(code).toBe('CANCELLED');
    expect((await run([`test -e ${file}`])).code).toBeUndefined();
  });
});

test('no limit of time is none', async () => {
  expect((await run(['true'], { wallTimeMs: Number.POSITIVE_INFINITY })).code).toBeUndefined();
});
