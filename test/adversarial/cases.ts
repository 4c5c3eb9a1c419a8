// The list of what the sandbox must survive, and for each case the tests in which something really does it, or why there
// is none.

/** A test: its file, below test/, and its title as the file has it. */
export type CaseTest = readonly [file: string, title: string];

/** One case. */
export interface Case {
  readonly number: number;
  readonly about: string;
  /** Where it is done; or why it is not, in a sentence. */
  readonly covered: readonly CaseTest[] | string;
}

const a = (folder: string, ...titles: string[]): CaseTest[] =>
  titles.map((title) => [`adversarial/${folder}/${folder}.test.ts`, title] as const);
const overHttp = (file: string, ...titles: string[]): CaseTest[] =>
  titles.map((title) => [`adversarial/http/${file}.test.ts`, title] as const);
const filesystem = (file: string, title: string): CaseTest => [
  `worker/wasi/filesystem/${file}.test.ts`,
  title,
];
const covered = (number: number, about: string, ...tests: readonly (CaseTest | CaseTest[])[]): Case => ({
  number,
  about,
  covered: tests.flatMap((test) => (Array.isArray(test[0]) ? (test as CaseTest[]) : [test as CaseTest])),
});
const none = (number: number, about: string, why: string): Case => ({ number, about, covered: why });

const OUTSIDE = a('files-outside', 'leads nowhere');
const LOOPS = a('loops-anywhere', 'a loop in %s ends with the budget');
const LIES = a('lists-and-reallocs', '%s ends the guest');
const AMOUNTS = a('asks-for-too-much', '%s costs the host nothing');
const DAMAGED = a('components-damaged', '%s is refused as %s, with a hint and without its bytes');
const TOO_LARGE = a('components-too-large', '%s are not made');
const TEXTS = a(
  'hostile-text',
  'lines and errors of the pool drive no terminal',
  'for people, every line of a plugin begins with its own canister, whatever it looks like',
  'for programs, every line is one event, and none is made by a plugin',
);
const NAMES = a('names-of-objects', '%s is a name like any other');
const SECRETS = a(
  'secrets-and-grants',
  'a plugin learns nothing that its input does not say, and nothing shows in what is printed',
);
const ADDRESSES = a(
  'secrets-and-grants',
  'a project of another network, whose plugin is at %s, gets nothing from there',
);
const download = (title: string): CaseTest => ['main/download/download.test.ts', title];

/** Every case, in order. */
export const CASES: readonly Case[] = [
  covered(1, 'Ways up past the top, at the start, in the middle and at the end of a path', OUTSIDE),
  covered(2, 'Paths from the root', OUTSIDE),
  covered(3, 'A link that leads out by a relative path', OUTSIDE),
  covered(4, 'Links to links, links to directories outside, kept or followed', OUTSIDE),
  covered(
    5,
    'Links in a circle, and links to nothing',
    OUTSIDE,
    filesystem('paths', 'links are counted, as many as the kernel counts'),
  ),
  covered(6, 'Up again from behind a link', OUTSIDE),
  covered(
    7,
    'A link put in place between looking and opening',
    a('files-swapped', 'links swapped in at any moment lead nowhere'),
    filesystem('swap-race', ' opens under exchange, none of which escapes'),
  ),
  covered(
    8,
    'A directory that is exchanged or moved away while it is open',
    a(
      'files-swapped',
      'a directory replaced by a link while it is open stays what it was',
      'a directory moved out of the grant while it is open does not take the guest along',
    ),
  ),
  covered(
    9,
    'A declared directory that is a link',
    a('files-swapped', 'a granted directory that has become a link is not entered'),
    ['e2e/failures.test.ts', 'fails with '],
  ),
  none(
    10,
    'A hard link to a file outside',
    'It cannot be told from any other name of a file: whoever can make one in the project can read the file, or could ' +
      'have copied it. SECURITY.md says so.',
  ),
  covered(
    11,
    'The kernel’s own files about processes',
    OUTSIDE,
    filesystem('paths', 'the links of /proc itself lead nowhere'),
  ),
  covered(
    12,
    'Pipes, sockets, terminals and devices',
    a(
      'files-that-block',
      'a %s is refused at once',
      'with all of /dev granted, %s is not opened',
      'what is no file can be told by its metadata alone',
    ),
    a(
      'components-too-large',
      'a plugin’s path that leads to a pipe, a device or a sparse terabyte is not read',
    ),
  ),
  covered(13, 'A file’s path with a slash at its end', OUTSIDE),
  covered(
    14,
    'No path at all, dots and doubled slashes',
    OUTSIDE,
    a('files-outside', '%j stays inside, and may be listed'),
  ),
  covered(15, 'A zero in a path', OUTSIDE, filesystem('paths', 'no answer holds a host path')),
  covered(16, 'Backslashes in names', OUTSIDE, a('files-outside', 'a name with backslashes is one name')),
  covered(
    17,
    'Names that are no text, and names that look alike',
    a(
      'files-unruly',
      'names that drive a terminal, twins and Windows names are listed as what they are, and drive nothing',
    ),
    filesystem('descriptor', 'a name that is not UTF-8 is an error for that entry alone'),
  ),
  covered(
    18,
    'Names that mean something to Windows',
    OUTSIDE,
    a(
      'files-unruly',
      'names that drive a terminal, twins and Windows names are listed as what they are, and drive nothing',
    ),
  ),
  covered(
    19,
    'Names that are too long and trees that are too deep',
    OUTSIDE,
    a('files-unruly', 'a tree deeper than any path is no trouble'),
  ),
  covered(
    20,
    'A directory of very many entries',
    a('files-unruly', 'a directory of many entries is read a few at a time'),
    filesystem('descriptor', 'lists a directory of very many entries in little memory'),
  ),
  covered(
    21,
    'A file that grows, shrinks or goes away under its reader',
    a(
      'files-unruly',
      'a file that is %s while it is read ends where it ends',
      'a file that grows as fast as it is read does not keep its reader for ever',
    ),
  ),
  covered(
    22,
    'A file of a terabyte with nothing in it',
    a(
      'files-unruly',
      'a sparse terabyte, offsets and lengths up to 2^64-1 allocate nothing',
      'a terabyte read to its end is read until the budget ends it',
    ),
  ),
  covered(
    23,
    'Offsets and lengths up to 2^64-1',
    a('files-unruly', 'a sparse terabyte, offsets and lengths up to 2^64-1 allocate nothing'),
  ),
  covered(24, 'Every operation that would change something', a('files-changed', 'nothing can be done to %s')),
  covered(
    25,
    'Descriptors, listings and streams hoarded',
    a('hoards-handles', '%s are refused from the limit on, and given back'),
  ),

  covered(
    26,
    'A loop in exec, of plain or of slow instructions',
    LOOPS,
    a('loops-anywhere', 'the process exits when it is told to, with %s under way'),
  ),
  covered(27, 'A loop in a start function', LOOPS),
  covered(28, 'A loop in cabi_realloc', LOOPS),
  covered(29, 'A loop after the return', LOOPS),
  covered(
    30,
    'Memory that grows without end, and several memories',
    a(
      'memory-and-tables',
      'growth is refused at the limit, and a guest that can do without goes on',
      'growing %s and trapping at the refusal is told as the limit',
      'a guest that asks for ever ends with its budget',
      'memory from the start counts: a limit below it is told before anything runs',
      'where the process runs short of memory, the largest run ends and the others do not',
    ),
    TOO_LARGE,
  ),
  covered(
    31,
    'Tables that grow without end',
    a('memory-and-tables', 'tables are refused at their limit'),
    TOO_LARGE,
  ),
  covered(
    32,
    'Recursion to the end of the stack, through the host too',
    a(
      'recurses-deeply',
      'recursion without end exhausts the stack, and no more',
      'wherever the host itself runs out of stack, the run ends and no descriptor is left open',
    ),
  ),
  covered(
    33,
    'Lists and texts of 2^32-1 bytes, and lists that lie over one another',
    LIES,
    AMOUNTS,
    a('lists-and-reallocs', 'an allocator that overlaps everything harms itself alone'),
  ),
  covered(
    34,
    'A cabi_realloc that lies or moves memory',
    LIES,
    a('lists-and-reallocs', 'memory that moves at every allocation is found again'),
  ),
  covered(
    35,
    'Two GiB of random bytes',
    AMOUNTS,
    a('asks-for-too-much', 'random bytes without end pile nothing up'),
  ),
  covered(
    36,
    'Output without end, without newlines, and of zeroes',
    a(
      'output-without-end',
      'lines without end are cut, with a note, and the guest ends with its budget',
      'a line without end is cut, and is never held whole',
      'a terabyte of zeroes is not begun',
    ),
  ),
  covered(
    37,
    'Sleeping for ever',
    a(
      'sleeps-and-polls',
      'time asleep is charged, so that sleeping for ever ends with the budget',
      'a sleeper that is cancelled ends at once',
    ),
  ),
  covered(
    38,
    'Polling nothing, far too much, and hoarding what is polled',
    a(
      'sleeps-and-polls',
      'an empty list traps, and so does one that claims 2^32-1 pollables',
      'pollables cannot be hoarded',
    ),
  ),
  covered(
    39,
    'Calls without end, huge arguments, replies that never come, drip or are too large',
    a(
      'calls-without-end',
      'calls are counted, and the one over the limit is not made',
      'quick calls without end use up the budget',
      'a reply that never comes ends with the wall time, and the call is told',
      'replies that are too large come as errors, and pile nothing up',
    ),
    a('asks-for-too-much', 'an argument of 1 GB does not leave its thread'),
    ['main/canister/http-transport.test.ts', 'gives up on an answer that drips'],
  ),
  covered(
    40,
    'An error of 100 MB',
    a('asks-for-too-much', 'an error of 100 MB is cut to what a person may read'),
  ),
  covered(
    41,
    'Every place taken by a run that is stuck',
    a(
      'all-places-stuck',
      'loops, sleeps and waits in every place end, each for its own reason, and the others run',
      'one canister whose runs are all stuck keeps its places from no other',
    ),
  ),
  covered(
    42,
    'Threads that end, fail or never start',
    a(
      'threads-lost',
      'a thread that ends under its run takes that run along, and no other',
      'a thread that fails while it starts fails the run that waits for it, and no later one',
      'without the thread that watches, no run goes on unwatched, and the next is watched again',
    ),
  ),
  covered(
    43,
    'Entering a guest again after it trapped',
    a('one-thread-for-many', 'a guest is not entered again after it trapped'),
    [
      'worker/wasi/guard.test.ts',
      'an exit comes out as it is, and so does everything that is called afterwards',
    ],
  ),
  covered(
    44,
    'A cancellation that races the end',
    a(
      'cancel-races-completion',
      'runs cancelled at every stage end once, as done or as cancelled',
      'a thousand short runs with a hostile one among them',
    ),
  ),
  covered(
    45,
    'A flood of messages at the main thread',
    a(
      'output-without-end',
      'a flood of empty lines, %s, leaves the main thread free',
      'lines that take turns between the streams go together, in order',
    ),
  ),

  covered(
    46,
    'Files that are empty, cut short or damaged',
    DAMAGED,
    a(
      'components-damaged',
      'a plugin with any bit flipped is refused, or ends in a way that is its own affair',
    ),
  ),
  covered(47, 'A core module in place of a component', DAMAGED),
  covered(48, 'No exec, or one of another type', DAMAGED),
  covered(49, 'A version of the interface that there is not', DAMAGED),
  covered(
    50,
    'Imports that are not granted',
    DAMAGED,
    a('components-damaged', 'wasi:http is refused by name'),
  ),
  covered(
    51,
    'Asynchronous components',
    a('components-damaged', 'what belongs to asynchronous components, %s, is refused'),
  ),
  covered(
    52,
    'A file of 100 MB and more',
    a(
      'components-too-large',
      'a component of 100 MB, nearly all of it padding, is a component',
      'a file of more than 256 MB is not looked at',
    ),
  ),
  covered(
    53,
    'Translation that takes for ever, and glue that explodes',
    a(
      'components-too-large',
      '131,072 instances from a kilobyte are refused, and their glue stays out of this process',
      'a translation that would take for ever ends with its pool',
    ),
  ),
  covered(54, 'Thousands of instances in one component', TOO_LARGE),
  covered(
    55,
    'Names that would become code',
    a(
      'components-with-hostile-names',
      '%s is refused before anything is made of it',
      'the same through the instances that a component makes itself',
      '%s.%s is a name like any other, or refused as a misfit',
    ),
  ),
  covered(
    56,
    'Memories of 64 bits, shared ones, threads',
    a('components-too-large', '%s are refused by name'),
  ),

  covered(
    57,
    'Names that every object has',
    NAMES,
    a('names-of-objects', 'runs of a canister named %s go one after another, as those of any other'),
  ),
  covered(
    58,
    'Prototypes that are polluted, or that a guest would pollute',
    a(
      'names-of-objects',
      'options come from the options, not from a polluted prototype',
      'no attack has left a mark on the prototypes of the host',
    ),
    ['worker/glue-realm.test.ts', 'no way leads from the glue to Node, to modules or to code made from text'],
  ),
  covered(
    59,
    'Anything thrown, and answers that cannot be sent',
    a(
      'host-throws-anything',
      'throwing %s ends that run alone',
      'answering with %s ends that run, or is an answer',
    ),
  ),
  covered(60, 'Sequences and marks that steer terminals', TEXTS),
  covered(
    61,
    'Bytes that are no text, and characters in pieces',
    a('hostile-text', 'characters are put together again, and what is none becomes U+FFFD'),
    LIES,
  ),
  covered(62, 'Forged lines of progress and forged messages', TEXTS, [
    'bridge/blocking-remote.test.ts',
    'the endpoint',
  ]),
  covered(
    63,
    'What an earlier run left on a thread',
    a('one-thread-for-many', 'a run that ended badly leaves no line, no descriptor and no state to the next'),
  ),
  covered(
    64,
    'A reply that comes too late',
    a('one-thread-for-many', 'a reply that comes after its run was cancelled goes to no other'),
  ),

  covered(
    65,
    'Keys, variables and paths of the host',
    SECRETS,
    a('secrets-and-grants', 'the variables of this process are none of the guest’s'),
  ),
  covered(
    66,
    'Another canister, past the proxy, at its cost',
    a('secrets-and-grants', 'a canister that the step does not list is not called'),
    [
      'main/canister/host-functions.test.ts',
      'are the bound canister and those that are granted, and no other',
    ],
  ),
  covered(
    67,
    'A plugin’s address that leads into the network or to a file',
    ADDRESSES,
    download('a name is connected to where it was checked, whatever it stands for the next time'),
    a('secrets-and-grants', 'a socket is refused'),
    overHttp('uploads', '%s is not fetched'),
  ),
  covered(
    68,
    'A download without end',
    download('by the bytes it has, however many it said'),
    download('is sent on five times, and no more'),
    ['main/cli/fetched.test.ts', 'a plugin does not keep Ctrl-C waiting in %s'],
  ),
  covered(
    69,
    'A hash that is wrong, absent or in capitals, and bytes that change after they were hashed',
    a(
      'secrets-and-grants',
      'the sha256 of a plugin: %s',
      'bytes that change after they were handed over are not what is run',
    ),
  ),
  covered(
    70,
    'A cache that is poisoned, torn, shared or linked',
    ...[
      'that was changed or cut anywhere is not used',
      'is written by many at once without harm',
      'a folder that others may write to',
      'a file that others may write to',
      'a link, which is replaced and not followed',
    ].map((title): CaseTest => ['main/component/cache/translation-cache.test.ts', title]),
  ),
  covered(
    71,
    'Tricks of archives',
    a('archives', '$title is refused by $refusedBy, and nothing is written'),
    overHttp('uploads', 'with $title is refused', 'of %s is refused'),
    ['adversarial/archives/mutations.test.ts', 'to a %s ends, and stays inside'],
  ),
  covered(
    72,
    'Lines in logs that are forged, and floods of events',
    TEXTS,
    a('output-without-end', 'a flood of empty lines, %s, leaves the main thread free'),
  ),
  covered(
    73,
    'Requests to the service without a token, from elsewhere, too large or too slow',
    overHttp(
      'tokens',
      'is not for those without a token that opens something',
      '%s is not for those who may do less',
      '%s %s is not there',
      'is in no stream of events',
      'is not reached by its idempotency key',
      'is counted for each token, and for those without a valid one by address',
    ),
    overHttp(
      'grants',
      'is not run against, by itself or in a batch',
      'no run begins whose token was revoked while it waited',
      'what was given and taken away is not run again, by whatever way',
    ),
    overHttp(
      'requests',
      'whom a request is for',
      'requests that are two',
      'what is no request',
      'paths that lead elsewhere',
    ),
    overHttp('bodies', '%s is refused', 'too much', 'of type %s is not taken where JSON is'),
    overHttp(
      'uploads',
      'that %s leaves nothing',
      'that is too large is refused, in one piece or in many',
      'of the same garbage, many at once, takes no room for ever',
      'that declares a million small things is refused before they are all read',
    ),
    overHttp(
      'slow-clients',
      'a request ends that',
      'to %s ends that stands still after %i bytes',
      'end when their token is revoked',
      'more connections than there may be make room for others when their time is over',
      'nothing stays open of five hundred requests that were cut',
    ),
    ['main/server/access/request-source.test.ts', 'the Host header'],
  ),
  covered(
    74,
    'An end by signal in the middle of an update',
    ['main/cli/interruption.test.ts', '%s ends the runs, and every update is accounted for'],
    ['main/cli/interruption.test.ts', 'people are told what was applied, canister by canister'],
  ),
];
