// The programs of the WASI test suite that cannot pass here, each with why, and what it must stumble over.

/** @typedef {{ because: string, stumblesOver: RegExp }} Refusal */

const NOT_PERMITTED = /name: "PERM"/;

const CREATES_FILES = [
  'dangling_fd',
  'directory_seek',
  'fd_advise',
  'fd_fdstat_set_rights',
  'fd_filestat_set',
  'fd_flags_set',
  'fd_readdir',
  'file_allocate',
  'file_pread_pwrite',
  'file_seek_tell',
  'file_truncation',
  'file_unbuffered_write',
  'fstflags_validate',
  'interesting_paths',
  'isatty',
  'nofollow_errors',
  'overwrite_preopen',
  'path_exists',
  'path_filestat',
  'path_link',
  'path_open_create_existing',
  'path_open_dirfd_not_dir',
  'path_open_missing',
  'path_open_read_write',
  'path_rename',
  'path_rename_dir_trailing_slashes',
  'path_symlink_trailing_slashes',
  'readlink',
  'remove_directory_trailing_slashes',
  'remove_nonempty_directory',
  'renumber',
  'stdio',
  'symlink_create',
  'symlink_filestat',
  'symlink_loop',
  'truncation_rights',
  'unlink_file_trailing_slashes',
];

/** What plugins are refused by design. */
export const REFUSALS = new Map(
  /** @type {[string, Refusal][]} */ ([
    ...CREATES_FILES.map((name) => [
      name,
      { because: 'creates files to work on; directories are read-only', stumblesOver: NOT_PERMITTED },
    ]),
    [
      'path_open_preopen',
      {
        because: 'expects EISDIR for a directory opened to write; writing is refused first',
        stumblesOver: NOT_PERMITTED,
      },
    ],
    [
      'pwrite-with-access',
      {
        because: 'opens a file to write; directories are read-only',
        stumblesOver: /Assertion failed: fd > 0/,
      },
    ],
    [
      'pwrite-with-append',
      {
        because: 'opens a file to append; directories are read-only',
        stumblesOver: /Assertion failed: fd != -1/,
      },
    ],
    ...['args_get-multiple-arguments', 'args_sizes_get-multiple-arguments'].map((name) => [
      name,
      { because: 'wants arguments; plugins have none', stumblesOver: /^abort:/ },
    ]),
    [
      'args_sizes_get-no-arguments',
      {
        because: 'wants the name it was called by; plugins have none',
        stumblesOver: /^abort:/,
      },
    ],
    [
      'environ_get-multiple-variables',
      {
        because: 'wants environment variables; plugins have none',
        stumblesOver: /^abort:|^assertion failed at adapter/,
      },
    ],
    [
      'environ_sizes_get-multiple-variables',
      { because: 'wants environment variables; plugins have none', stumblesOver: /^abort:/ },
    ],
  ]),
);

/** What the adapter makes of a program before WASI is asked at all, and the status that comes of it. */
export const DIFFERENCES = new Map([
  [
    'proc_exit-failure',
    { because: 'the adapter passes on that it failed, as 1, and not with which status', status: 1 },
  ],
  [
    'fd_write-to-invalid-fd',
    { because: 'the adapter lets a write of nothing pass without looking at its descriptor', status: 1 },
  ],
]);
