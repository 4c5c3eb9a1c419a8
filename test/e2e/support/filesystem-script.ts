// Everything that can be asked of a directory, of every path that could matter.

import type { Opening, Operation } from '../../../fixtures/plugins/wasi-probe/script.js';
import { COMPOSED, DECOMPOSED, LONGEST_NAME } from './filesystem-tree.js';

const LENGTHS_OF_CHAINS = ['chain-8/1', 'chain-39/1', 'chain-40/1', 'chain-41/1', 'chain-50/1'];

const PATHS = [
  ...['', '.', './', './/', '..', '../', '../tree', '../beside', '/', '//', '/etc/passwd', '/tree/file'],
  ...[
    'file',
    './file',
    'file/',
    'file/.',
    'file/..',
    'file/below',
    'file//',
    'hard-link',
    'empty-file',
    'FILE',
  ],
  ...['directory', 'directory/', 'directory//', 'directory/.', 'directory/..', 'directory/../..'],
  ...[
    'directory/../file',
    'directory/../../tree/file',
    'directory//below',
    'directory/./below',
    'directory/inner/',
  ],
  ...['directory/below', 'directory/below/', 'directory/inner/../below', 'directory/inner/deep/bottom'],
  ...['empty-directory', 'empty-directory/missing', 'empty-directory/..', 'empty-directory/../..'],
  ...['missing', 'missing/', 'missing/.', 'missing/..', 'missing/../file', 'missing/below', 'file/../file'],
  ...[
    'to-file',
    'to-file/',
    'to-file/.',
    'to-file/..',
    'to-file/below',
    'to-file-slash',
    'to-link',
    'to-link/',
  ],
  ...['to-directory', 'to-directory/', 'to-directory/.', 'to-directory/..', 'to-directory/below'],
  ...['to-directory/../file', 'to-directory-slash', 'to-directory-slash/', 'to-directory-slash/below'],
  ...['to-here', 'to-here/', 'to-here/file', 'to-here/to-here/to-here/file', 'to-here/..', 'to-round-about'],
  ...[
    'to-nothing',
    'to-nothing/',
    'to-nothing/..',
    'to-nothing-below',
    'to-itself',
    'to-itself/',
    'to-and-fro',
  ],
  ...[
    'to-outside',
    'to-outside/',
    'to-outside-directory',
    'to-outside-directory/',
    'to-outside-directory/beside',
  ],
  ...['to-outside-directory/tree/file', 'to-out-and-in', 'to-absolute', 'to-root', 'to-root/', 'to-root/etc'],
  ...['directory/up', 'directory/up/', 'directory/up/file', 'directory/up-to-file', 'directory/up/..'],
  ...[
    'directory/up/directory/up/file',
    'directory/out',
    'directory/out/beside',
    'directory/to-inner/deep/bottom',
  ],
  ...['directory/to-inner/..', 'directory/to-inner/../below', 'directory/to-inner/../../file'],
  ...LENGTHS_OF_CHAINS,
  ...LENGTHS_OF_CHAINS.map((path) => `${path}/`),
  ...[
    'a\0b',
    'file\0',
    '\0',
    'back\\slash',
    'back/slash',
    'directory\\below',
    'col:on',
    'C:',
    'C:\\file',
    ' space ',
  ],
  ...['new\nline', '...', '.../', '....', '~', '*', LONGEST_NAME, `${LONGEST_NAME}/`, `n${LONGEST_NAME}`],
  ...[
    `n${LONGEST_NAME}/..`,
    COMPOSED,
    DECOMPOSED,
    'CAF\u00c9',
    '\u{1f333}',
    '\ufeff',
    '\ufffd',
    'directory/inner/\ufffd',
  ],
  ...['unreadable', 'socket', 'socket/', 'socket/below', 'fifo/', 'fifo/below', 'to-fifo/', 'large-file'],
  ...[
    `${'./'.repeat(2045)}file`,
    `${'./'.repeat(2046)}file`,
    `${'./'.repeat(2500)}file`,
    `${'directory/../'.repeat(300)}file`,
    `${'to-here/'.repeat(40)}file`,
    `${'to-here/'.repeat(41)}file`,
    'a/'.repeat(100),
    'x'.repeat(5000),
  ],
];

/** Paths that are looked at and never opened: opening a FIFO may wait for somebody to write to it. */
const PATHS_NOT_OPENED = ['fifo', 'to-fifo', './fifo', 'directory/../fifo'];

const FLAG_PATHS = [
  'file',
  'directory',
  'to-file',
  'to-directory',
  'missing',
  'missing/',
  '.',
  'to-nothing',
  'file/',
];

const OPEN_FLAGS = combinations(['create', 'directory', 'exclusive', 'truncate'] as const);
const DESCRIPTOR_FLAGS = combinations(['read', 'write', 'mutateDirectory'] as const);
const SYNC_FLAGS = [
  { read: true, fileIntegritySync: true },
  { read: true, dataIntegritySync: true },
  { read: true, requestedWriteSync: true },
  { read: true, write: true, dataIntegritySync: true },
];

const OPENED: readonly Opening[] = [
  { path: 'file' },
  { path: 'empty-file' },
  { path: 'large-file' },
  { path: 'unreadable' },
  { path: 'directory' },
  { path: 'to-file' },
  { path: 'file', flags: {} },
  { path: 'directory', flags: {} },
];

const OFFSETS = ['0', '1', '20', '21', '22', '4096', '999999', '1000000'].concat(
  [2n ** 31n, 2n ** 32n, 2n ** 62n, 2n ** 63n - 17n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].map(String),
);

const MUTATED = [
  'file',
  'directory',
  'missing',
  'to-file',
  'file/',
  'directory/',
  '.',
  '..',
  '',
  '/',
  'a\0b',
].concat([
  'directory/missing',
  'missing/missing',
  'file/missing',
  'to-outside',
  '../beside',
  'empty-directory',
]);

/** All operations, in the order in which they are done. */
export function filesystemScript(): Operation[] {
  return [...recursions(), ...lookups(), ...openings(), ...readings(), ...identities(), ...changes()];
}

/** The engine inside the plugin counts its own levels: it gives up between the last two of each. */
function recursions(): Operation[] {
  const itself = [100, 10_000, 50_000, 55_000].map((depth) => ({ depth, through: 'itself' as const }));
  const engine = [10, 100, 170, 190].map((depth) => ({ depth, through: 'the engine' as const }));
  return [...itself, ...engine].map((levels) => ({ do: 'recurse', ...levels }));
}

function lookups(): Operation[] {
  const follows = [true, false];
  const seen = [...PATHS, ...PATHS_NOT_OPENED].flatMap((path): Operation[] => [
    ...follows.map((follow) => ({ do: 'stat-at' as const, path, follow })),
    { do: 'readlink', path },
  ]);
  const opened = PATHS.flatMap((path): Operation[] => [
    { do: 'open', on: { path } },
    { do: 'open', on: { path, pathFlags: {} } },
    { do: 'open', on: { path, openFlags: { directory: true } } },
    { do: 'open', on: { path, pathFlags: {}, openFlags: { directory: true } } },
  ]);
  const below = ['..', '../file', '.', 'below', '/', '', 'up/file', 'out'].flatMap((path): Operation[] => [
    { do: 'stat-at', on: { path: 'directory' }, path, follow: true },
    { do: 'stat-at', on: { path: 'file' }, path, follow: true },
    { do: 'readlink', on: { path: 'directory' }, path },
    { do: 'readlink', on: { path: 'file' }, path },
  ]);
  return [...seen, ...opened, ...below];
}

function openings(): Operation[] {
  return FLAG_PATHS.flatMap((path) =>
    [{ symlinkFollow: true }, {}].flatMap((pathFlags) => [
      ...OPEN_FLAGS.flatMap((openFlags) =>
        DESCRIPTOR_FLAGS.map((flags) => ({ do: 'open' as const, on: { path, pathFlags, openFlags, flags } })),
      ),
      ...SYNC_FLAGS.map((flags) => ({ do: 'open' as const, on: { path, pathFlags, flags } })),
    ]),
  );
}

function readings(): Operation[] {
  const operations: Operation[] = [{ do: 'list' }, { do: 'stat' }, { do: 'open' }];
  for (const on of OPENED) {
    operations.push(
      { do: 'open', on },
      { do: 'stat', on },
      { do: 'list', on },
      { do: 'sync', on },
      { do: 'sync-data', on },
    );
    for (const offset of OFFSETS) {
      operations.push({ do: 'advise', on, offset });
      for (const length of ['0', '1', '16', '1000', '4294967296', String(2n ** 64n - 1n)]) {
        operations.push({ do: 'read', on, length, offset });
      }
      operations.push({ do: 'read-stream', on, offset }, { do: 'skip-stream', on, offset });
    }
  }
  for (const path of ['directory/inner', 'empty-directory', 'chain-8', 'directory/up']) {
    operations.push({ do: 'list', on: { path } });
  }
  return operations;
}

function identities(): Operation[] {
  const paths = [
    'file',
    'hard-link',
    'to-file',
    'empty-file',
    'directory',
    'to-directory',
    '.',
    'directory/..',
    'missing',
  ];
  return paths.flatMap((path) =>
    paths.flatMap((other): Operation[] => [
      { do: 'same', on: { path }, as: { path: other } },
      { do: 'same-hash', on: { path }, as: { path: other } },
      { do: 'same-hash-at', path, follow: true, as: { path: other } },
      { do: 'same-hash-at', path, follow: false, as: { path: other } },
    ]),
  );
}

function changes(): Operation[] {
  const operations: Operation[] = [];
  for (const on of OPENED) {
    operations.push({ do: 'append', on }, { do: 'set-times', on });
    for (const offset of ['0', '5', String(2n ** 63n), String(2n ** 64n - 1n)]) {
      operations.push({ do: 'write', on, offset }, { do: 'write-stream', on, offset });
      operations.push({ do: 'set-size', on, size: offset });
    }
  }
  const bases: readonly (Opening | undefined)[] = [undefined, { path: 'directory' }, { path: 'file' }];
  for (const on of bases) {
    const base = on === undefined ? {} : { on };
    for (const path of MUTATED) {
      operations.push(
        { do: 'create-directory', ...base, path },
        { do: 'remove-directory', ...base, path },
        { do: 'unlink', ...base, path },
        { do: 'set-times-at', ...base, path, follow: true },
        { do: 'set-times-at', ...base, path, follow: false },
        { do: 'symlink', ...base, path: 'file', to: path },
        { do: 'symlink', ...base, path, to: 'missing' },
      );
      for (const to of ['missing', 'file', '../beside']) {
        operations.push(
          { do: 'rename', ...base, path, to },
          { do: 'link', ...base, path, to, follow: false },
          { do: 'link', ...base, path, to, follow: true },
        );
      }
    }
  }
  operations.push(
    { do: 'append' },
    { do: 'set-times' },
    { do: 'sync' },
    { do: 'sync-data' },
    { do: 'set-size', size: '0' },
  );
  operations.push({ do: 'list' }, { do: 'read', on: { path: 'file' }, length: '100', offset: '0' });
  return operations;
}

/** Every subset of some flags. */
function combinations<Flag extends string>(names: readonly Flag[]): Partial<Record<Flag, true>>[] {
  const subsets = Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, at) => bits & (1 << at)),
  );
  return subsets.map(
    (subset) => Object.fromEntries(subset.map((name) => [name, true])) as Partial<Record<Flag, true>>,
  );
}

/** An operation in a few words; the same for the same operation. */
export function describeOperation({ do: what, on, ...more }: Operation): string {
  const short = (_key: string, value: unknown): unknown =>
    typeof value === 'string' && value.length > 80 ? `${value.slice(0, 40)}… (${value.length})` : value;
  const opened = on === undefined ? '' : ` on ${JSON.stringify(on, short)}`;
  return `${what} ${JSON.stringify(more, short)}${opened}`;
}
