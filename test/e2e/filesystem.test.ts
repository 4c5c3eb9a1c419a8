// WASI's file system as wasmtime has it under icp-cli, and as it is here: one plugin does thousands of operations on
// the same tree under both hosts and prints what came of each. Where the hosts differ, a rule says how and why; a
// difference that no rule has fails, and so does a rule that has fewer or more of them than it says.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../fixtures/plugins/wasi-probe/script.js';
import { icpCliRunsHere } from '../../scripts/icp-cli.mjs';
import { describeOperation, filesystemScript } from './support/filesystem-script.js';
import { plantTree } from './support/filesystem-tree.js';
import { type BothViews, runUnderBoth } from './support/two-hosts.js';

interface Rule {
  readonly name: string;
  readonly because: string;
  /** How many operations differ so. */
  readonly operations: number;
  /** Whether this is how they differ. */
  holds(operation: Operation, icpCli: string, sandpool: string): boolean;
}

const RULES: readonly Rule[] = [
  {
    name: 'FIFOs and sockets are told as what they are',
    because: 'WASI has types for them; wasmtime gives `unknown`',
    operations: 12,
    holds: (_operation, icpCli, sandpool) =>
      icpCli ===
      sandpool.replace(/^(?:fifo|socket) /, 'unknown ').replace(/":(?:fifo|socket)\b/g, '":unknown'),
  },
  {
    name: 'a slash at the end asks for a directory',
    because:
      'as in POSIX, and as both hosts have it when links are followed or the path is opened; wasmtime forgets it here',
    operations: 20,
    holds: (operation, icpCli) =>
      operation.do === 'stat-at' &&
      !operation.follow &&
      /\/\.?\/*$/.test(operation.path) &&
      /^(?:symbolic-link|regular-file|unknown) /.test(icpCli),
  },
  {
    name: 'a path longer than may be is refused before it is walked',
    because: 'wasmtime has one operation that only measures its last name',
    operations: 2,
    holds: (operation, icpCli, sandpool) =>
      operation.do === 'readlink' &&
      operation.path.length >= 4096 &&
      icpCli === '! invalid' &&
      sandpool === '! name-too-long',
  },
  {
    name: 'a socket is not opened',
    because: 'the error of trying to is that of the kernel; here nothing but files and directories is tried',
    operations: 4,
    holds: (operation, icpCli, sandpool) =>
      operation.on?.path === 'socket' &&
      icpCli === '! io' &&
      ['! not-permitted', '! not-directory'].includes(sandpool),
  },
  {
    name: 'one read gives more',
    because: 'how much a read gives at most is left to the host; wasmtime gives 64 KiB',
    operations: 12,
    holds: (operation, icpCli, sandpool) =>
      operation.do === 'read' &&
      icpCli.startsWith('65536 bytes ') &&
      Number.parseInt(sandpool, 10) > 65536 &&
      icpCli.replace(/^\d+/, '') === sandpool.replace(/^\d+/, ''),
  },
];

interface Comparison {
  readonly operation: Operation;
  readonly icpCli: string;
  readonly sandpool: string;
}

const SCRIPT = filesystemScript();
const KINDS = [...new Set(SCRIPT.map((operation) => operation.do))];
const ENOUGH_SECONDS = 300;

describe.runIf(icpCliRunsHere)('wasi:filesystem under icp-cli and under sandpool', () => {
  let views: BothViews;
  let comparisons: readonly Comparison[];
  let different: readonly Comparison[];

  beforeAll(async () => {
    const component = await readFile(new URL('../../fixtures/build/wasi-probe.wasm', import.meta.url));
    const probe = { name: 'probe', component, step: 'dirs: [tree], files: [script.json]' };
    const seed = async (folder: string): Promise<void> => {
      await plantTree(folder);
      await writeFile(join(folder, 'script.json'), JSON.stringify(SCRIPT));
    };
    const limits = { icpCli: ENOUGH_SECONDS, sandpool: ENOUGH_SECONDS };
    const both = (
      await runUnderBoth([{ ...probe, icpCliDeadlineMs: ENOUGH_SECONDS * 1000 }], seed, limits)
    ).get('probe');
    if (both === undefined) throw new Error('the probe has no report');
    views = both;
    comparisons = SCRIPT.map((operation, index) => ({
      operation,
      icpCli: resultOf(views.icpCli.output, index),
      sandpool: resultOf(views.sandpool.output, index),
    }));
    different = comparisons.filter(({ icpCli, sandpool }) => icpCli !== sandpool);
  }, 600_000);

  test('every operation has a result', () => {
    expect(views.icpCli).toMatchObject({ outcome: 'ok', output: { length: SCRIPT.length } });
    expect(views.sandpool).toMatchObject({ outcome: 'ok', output: { length: SCRIPT.length } });
  });

  test.each(KINDS)('%s', (kind) => {
    const unexplained = different.filter(
      ({ operation, icpCli, sandpool }) =>
        operation.do === kind && !RULES.some((rule) => rule.holds(operation, icpCli, sandpool)),
    );
    expect(
      unexplained.map(({ operation, ...results }) => ({
        operation: describeOperation(operation),
        ...results,
      })),
    ).toEqual([]);
  });

  test.each(RULES)('$name', ({ holds, operations }) => {
    const held = different.filter(({ operation, icpCli, sandpool }) => holds(operation, icpCli, sandpool));
    expect(held).toHaveLength(operations);
  });

  test('nothing is changed by any of them', () => {
    for (const host of ['icpCli', 'sandpool'] as const) {
      const lists = comparisons.filter(
        ({ operation }) => operation.do === 'list' && operation.on === undefined,
      );
      expect(new Set(lists.map((comparison) => comparison[host])).size).toBe(1);
      expect(comparisons.at(-1)?.[host]).toBe('"a file of some bytes\\n" more');
    }
  });
});

/** The line of an operation, without its number. */
function resultOf(lines: readonly string[], index: number): string {
  const line = lines[index] ?? '';
  if (!line.startsWith(`${index} `)) throw new Error(`line ${index} is not that of its operation: ${line}`);
  return line.slice(`${index} `.length);
}
