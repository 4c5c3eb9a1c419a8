// The same plugin comes to the same end under icp-cli and under sandpool: every guest of fixtures/wat and everything
// malformed, once under each. Where they differ, the table says how and why; a difference that is not in the table
// fails, and so does one that is in the table and has gone.

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildGuest, describeGuests } from '../../fixtures/guests.mjs';
import { buildMalformed, describeMalformed } from '../../fixtures/malformed.mjs';
import { icpCliRunsHere } from '../../scripts/icp-cli.mjs';
import { deepCases, TOO_DEEP_FOR_ICP_CLI } from './support/deep-guests.js';
import { type BothViews, type GuestCase, runUnderBoth, type View } from './support/two-hosts.js';

/** How the hosts differ about a case; what is not mentioned must be equal. */
interface Difference {
  readonly icpCli: Partial<View>;
  readonly sandpool: Partial<View>;
  readonly because: string;
}

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  ...inBoth('opens-socket', {
    icpCli: { outcome: 'error: opened' },
    sandpool: { outcome: 'error: refused with 1' },
    because: 'a plugin has no network: the socket itself is refused here, connecting it there',
  }),
  'polls-huge-list_0-1': {
    icpCli: { outcome: 'trap: out of bounds' },
    sandpool: { outcome: 'trap: poll of nothing' },
    because: 'the glue takes the length for a negative number, and the list for an empty one',
  },
  'grows-memory-and-traps_0-1': {
    icpCli: { outcome: 'trap: unreachable' },
    sandpool: { outcome: 'limit: memory' },
    because: 'a trap after memory was refused is told as what it comes from',
  },
  'grows-table_0-1': {
    icpCli: { outcome: 'limit: compute' },
    sandpool: { outcome: 'error: refused at 1000000 elements' },
    because: 'tables have a limit here, and none but the time it takes there',
  },
  'prints-markup_0-1': {
    icpCli: { output: expect.arrayContaining([expect.stringMatching(/^red and .*taken.*back$/)]) },
    sandpool: {
      outcome: 'error: </p><iframe src="javascript:alert(5)"></iframe><b>no</b>',
      output: [
        '<img src=x onerror="document.title=`taken`;alert(1)">',
        '<script>document.title="taken";alert(2)</script>',
        'red and back',
        'gnp.exe <b>bold</b> &amp; "quoted" javascript:alert(3)',
      ],
    },
    because:
      'control sequences go as a whole, in errors too, and so do marks that turn the direction of writing',
  },
  'hoards-descriptors_0-1': {
    // Opening as many as the process may have can take it longer than its budget, where much else is done.
    icpCli: { outcome: expect.stringMatching(/^(?:error: refused with 13|limit: compute)$/) },
    sandpool: { outcome: 'trap: too many handles' },
    because: 'handles have a limit here, and none but that of the process there',
  },
  'returns-long-error_0-1': {
    icpCli: { outcome: `error: ${'x'.repeat(1_000_000)}` },
    sandpool: { outcome: `error: ${'x'.repeat(64 * 1024 - 1)}…` },
    because: 'an error is shown in 64 Ki characters at most',
  },
  'calls-without-end_0-1': {
    icpCli: { outcome: 'no end', calls: expect.anything() },
    sandpool: { outcome: 'limit: compute', calls: expect.anything() },
    because: 'every call grants a plugin another second there; here the time between calls is added up',
  },
  ...Object.fromEntries(
    TOO_DEEP_FOR_ICP_CLI.map((name) => [
      name,
      {
        icpCli: { outcome: 'limit: stack' },
        sandpool: { outcome: 'ok' },
        because: 'the stack has more room here, since frames are larger until a function is optimised',
      },
    ]),
  ),
  'sleeps-forever_0-1': {
    icpCli: { outcome: 'no end' },
    sandpool: { outcome: 'limit: compute' },
    because: 'a sleeping plugin is not woken there; here sleep counts as time it uses',
  },
};

/** The same for both lines of the interface. */
function inBoth(guest: string, difference: Difference): Record<string, Difference> {
  return { [`${guest}_0-1`]: difference, [`${guest}_0-2`]: difference };
}

/** What a guest finds in its declared file, unless that is nothing: what to do, or how much. */
const PARAMETERS: Readonly<Record<string, string>> = {
  'calls-method': 'no_such_method',
  'calls-query': '3',
  'calls-then-loops': '1',
  'calls-update': '3',
  'calls-with-big-argument': '1',
  'changes-files': 'a.txt',
  'fills-memory': '64',
  'hoards-descriptors': 'a.txt',
  lcg: '20',
  'lists-path': 'below',
  prints: '20',
  'prints-file': 'one\ntwo: \u{1f333}\n\u001b[31mred\u001b[0m\r\nlast',
  'prints-flood': '14',
  'prints-without-newline': '1',
  'reads-path': 'below/link',
  'reads-path-without-links': 'below/link',
  'reads-with-huge-length': 'a.txt',
  'returns-long-error': '1',
  sleeps: '50',
};

/** All guests are run for interface 0.1, and for 0.2 those in which the interface itself is at work. */
const FOR_0_2 =
  /^(?:cabi-realloc-(?:calls|grows|misaligned)|calls-(?:method|query|update|with-(?:huge-list-length|unknown-type))|counts-environment|lists-path|names-target|opens-socket|prints|reads-(?:metadata|path)|returns-(?:environment|error|input|neither|out-of-bounds)|traps-unreachable)$/;

/** What more a step of 0.2 says; a canister that is not listed under `canisters` is not granted. */
const OTHER = 'returns-ok_0-1';
const FIELDS_0_2: Readonly<Record<string, string>> = {
  'names-target': `, fields: { target: ${OTHER} }`,
  'reads-metadata': ', fields: { section: "candid:service" }',
};

/** A guest that ends needs far less. */
const LIMITS = { icpCli: 2, sandpool: 1 };

const ENDLESS_MS = 6000;

async function watCases(line: '0.1' | '0.2'): Promise<GuestCase[]> {
  const short = line.replace('.', '-');
  const names = [...(await describeGuests(line)).keys()].filter(
    (name) => line === '0.1' || FOR_0_2.test(name),
  );
  return Promise.all(
    names.map(async (guest) => {
      const name = `${guest}_${short}`;
      const file = `parameters/${guest}.txt`;
      const deadline = DIFFERENCES[name]?.icpCli.outcome === 'no end' ? { icpCliDeadlineMs: ENDLESS_MS } : {};
      const step =
        line === '0.1'
          ? `dirs: [seed], files: [${file}]`
          : `files: { seed: seed, what: ${file} }${FIELDS_0_2[guest] ?? ''}`;
      const files = { [file]: PARAMETERS[guest] ?? '' };
      return { name, component: await buildGuest(guest, line), step, files, ...deadline };
    }),
  );
}

async function seed(folder: string): Promise<void> {
  await mkdir(join(folder, 'seed/below'), { recursive: true });
  await writeFile(join(folder, 'seed/a.txt'), 'an apple\n');
  await writeFile(join(folder, 'seed/below/b.txt'), 'a branch\n');
  await symlink('../a.txt', join(folder, 'seed/below/link'));
}

const cases = [
  ...(await watCases('0.1')),
  ...(await watCases('0.2')),
  {
    name: 'names-granted-target_0-2',
    component: await buildGuest('names-target', '0.2'),
    step: `fields: { target: ${OTHER} }, canisters: [${OTHER}]`,
  },
  ...(await deepCases()),
  ...(await Promise.all(
    [...describeMalformed().keys()].map(async (name) => ({ name, component: await buildMalformed(name) })),
  )),
];

describe.runIf(icpCliRunsHere)('under icp-cli and under sandpool', () => {
  let views: Map<string, BothViews>;
  beforeAll(async () => {
    views = await runUnderBoth(cases, seed, LIMITS);
  }, 600_000);

  test.each(cases)('$name', ({ name }) => {
    const { icpCli, sandpool } = views.get(name) ?? {};
    const difference = DIFFERENCES[name];
    expect(sandpool).toEqual({ ...icpCli, ...difference?.sandpool });
    expect(icpCli).toMatchObject(difference?.icpCli ?? {});
  });

  test('the table of differences names nothing that is not run', () => {
    const names = cases.map(({ name }) => name);
    expect(Object.keys(DIFFERENCES).filter((name) => !names.includes(name))).toEqual([]);
  });
});
