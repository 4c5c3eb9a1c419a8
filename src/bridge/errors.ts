// The errors of sandpool: one class, one table. The table is what exit codes, HTTP statuses, messages
// and the documentation are made from. Classes do not cross threads: `toWire()` here, `fromWire()` there.

import { type ErrorKind, type ErrorRow, host, limit, network, plugin, user } from './error-row.js';
import { SERVICE_ERRORS } from './service-errors.js';

export type { ErrorKind } from './error-row.js';

/** Every error code, with its kind, exit code, HTTP status, message and hint. */
export const ERRORS = {
  USAGE: user('{problem}', 'see `sandpool --help`'),
  INVALID_OPTION: user('option {option} must be {bound}, but is {value}'),
  INVALID_PRINCIPAL: user(
    '{subject}: {value} is not a principal',
    'a principal looks like aaaaa-aa or rrkah-fqaaa-aaaaa-aaaaq-cai',
  ),

  PLUGIN_NOT_FOUND: user(
    'there is no plugin at {path}',
    'check the path; it is relative to the folder of the canister',
    404,
  ),
  PLUGIN_UNREADABLE: user('the plugin at {path} cannot be read: {reason}'),
  PLUGIN_HASH_MISMATCH: user(
    'the plugin {path} has sha256 {actual}, not {expected} as declared',
    'the file is not the one that was declared: fetch it again, or update sha256 if the change is meant',
  ),
  PLUGIN_TOO_LARGE: user(
    'the plugin {path} has {bytes} bytes, over the limit of {limitBytes}',
    undefined,
    413,
  ),
  NOT_WASM: user(
    '{path} is not a WebAssembly file',
    'a plugin is a WebAssembly component, starting with the bytes 00 61 73 6d 0d 00 01 00',
  ),
  CORE_MODULE: user(
    '{path} is a core WebAssembly module, not a component',
    'build for wasm32-wasip2, or wrap the module with `wasm-tools component new`',
  ),
  COMPONENT_INVALID: user(
    '{path} is not a valid component: {reason}',
    'the file may be cut short or damaged: build or download it again',
  ),
  UNSUPPORTED_INTERFACE: user(
    '{path} {found}; this host speaks icp:sync-plugin 0.1.x and 0.2.x',
    'rebuild the plugin against wit/0.1.0 or wit/0.2.0',
  ),
  UNSUPPORTED_FEATURE: user('{path} uses {feature}, which sandpool does not run'),
  IMPORT_DENIED: user(
    '{path} imports {import}, which a sync plugin is not granted',
    'a plugin may import its own interface and wasi 0.2 cli, clocks, filesystem, io, random and sockets; nothing else',
  ),
  IMPORT_MISMATCH: user(
    '{path} imports {import} with another type than icp:sync-plugin has: {found}',
    'rebuild the plugin against wit/0.1.0 or wit/0.2.0',
  ),
  EXPORT_MISSING: user(
    '{path} does not export exec',
    'a plugin exports exec: func(input: sync-exec-input) -> result<_, string>',
  ),
  EXPORT_MISMATCH: user(
    '{path} exports exec with another type: {found}',
    'a plugin exports exec: func(input: sync-exec-input) -> result<_, string>',
  ),

  DIRECTORY_NOT_FOUND: user(
    'the declared directory {path} does not exist',
    'create it, or correct the declaration',
  ),
  DIRECTORY_UNREADABLE: user('the declared directory {path} cannot be opened: {reason}'),
  FILE_NOT_FOUND: user('the declared file {path} does not exist', 'create it, or correct the declaration'),
  FILE_UNREADABLE: user('the declared file {path} cannot be read: {reason}'),
  PATH_NOT_CONFINED: user(
    'the declared path {path} is not inside the project',
    'declared paths are relative and stay inside the project folder',
  ),
  PATH_THROUGH_LINK: user(
    'the declared path {path} is, or passes through, the symbolic link {link}',
    'declare the path that the link points to',
  ),

  PROJECT_NOT_FOUND: user(
    'there is no icp.yaml in {path} or any folder above it',
    'run this inside a project, or set ICP_PROJECT_ROOT',
  ),
  MANIFEST_UNREADABLE: user('{file} cannot be read: {reason}'),
  MANIFEST_INVALID: user('{file}:{line}:{column}: {problem}'),
  ENVIRONMENT_NOT_FOUND: user('the project has no environment named {environment}', 'it has: {known}'),
  ENVIRONMENT_NOT_DECLARED: user(
    'the environment {environment} is not declared in {files}',
    'a project that this one depends on must declare every environment it is used in: add `- name: {environment}` to the `environments` there',
  ),
  NETWORK_NOT_RUNNING: user(
    'the network {network} of this project is not running',
    'start it with `icp network start {network}`, or choose another environment with -e',
  ),
  NETWORK_OF_OTHER_PROJECT: user(
    'the port of the network {network} is in use by the network {other} of the project in {folder}',
    'stop that one, or give the network of this project another port',
  ),
  NETWORK_NOT_FOUND: user('the project has no network named {network}', 'it has: {known}'),
  PROXY_MISSING: user(
    'the network {network} has no proxy canister of its own',
    'only managed networks come with one: give the id of a proxy canister',
  ),
  CANISTER_NOT_FOUND: user(
    'the environment {environment} has no canister named {canister}',
    'it has: {known}',
  ),
  CANISTER_ID_MISSING: user(
    'canister {canister} has no id in environment {environment}',
    'deploy it first; ids are read from {file}',
  ),
  IDENTITY_NOT_FOUND: user(
    'icp-cli keeps no identity named {identity} in {folder}{suggestion}',
    'it has: {known}; a PEM file is given by its path',
  ),
  RECIPE_INVALID: user('the recipe {recipe} cannot be used: {reason}'),
  IDENTITY_INVALID: user('the identity {identity} cannot be used: {reason}'),
  IDENTITY_UNUSABLE: user('the identity {identity} cannot be used: {reason}', '{remedy}'),

  OUTPUT_UNWRITABLE: user(
    '{path} cannot be written: {reason}',
    'choose a file in a folder that exists and may be written to',
  ),
  LAST_REPORT_MISSING: user(
    'no sync of the environment {environment} has left a report yet',
    'sync without --only-failed first; each sync leaves its report in {file}',
  ),
  LAST_REPORT_INVALID: user(
    'the report of the last sync, {file}, cannot be used: {reason}',
    'sync without --only-failed: that writes it anew',
  ),

  PLUGIN_FAILED: plugin('{message}'),
  SCRIPT_FAILED: plugin('the command {command} {reason}'),
  PLUGIN_TRAPPED: plugin('the plugin trapped: {reason}'),
  PLUGIN_EXITED: plugin('the plugin exited with {status} before it returned'),
  PLUGIN_MISBEHAVED: plugin('the plugin broke the component interface: {reason}'),

  COMPUTE_BUDGET_EXCEEDED: limit(
    'the plugin used up its compute budget of {budgetMs} ms',
    'raise it with computeBudgetMs or ICP_CLI_PLUGIN_COMPUTE_LIMIT_SECS (seconds); now {budgetMs} ms',
  ),
  WALL_TIME_EXCEEDED: limit(
    'the run took longer than {limitMs} ms',
    'raise wallTimeMs or --timeout (seconds); now {limitMs} ms',
  ),
  MEMORY_LIMIT_EXCEEDED: limit('{problem}', 'raise {setting}; now {limit}'),
  STACK_EXHAUSTED: limit('the plugin exhausted its call stack', 'the plugin recurses too deeply'),
  HOST_CALL_LIMIT_EXCEEDED: limit(
    'the plugin made more than {limit} host calls',
    'raise hostCalls; now {limit}',
  ),

  DOWNLOAD_REFUSED: user(
    '{url} is not fetched: {reason}',
    'a project whose network is not on this machine fetches from public addresses only',
  ),
  DOWNLOAD_TOO_LARGE: user('{url} has more than {limitBytes} bytes, the most that is read', undefined, 413),
  DOWNLOAD_HASH_MISMATCH: user(
    '{url} has sha256 {actual}, not {expected} as declared',
    'the file is not the one that was declared: update sha256 if the change is meant',
  ),
  DOWNLOAD_FAILED: network(
    '{url} could not be fetched: {reason}',
    'check the address; proxies named in the environment are not used',
  ),
  NETWORK_UNREACHABLE: network(
    'the network at {url} cannot be reached: {reason}',
    'check the address and that the network is running',
  ),
  NETWORK_FAILED: network('{reason}'),
  CERTIFICATE_INVALID: network(
    'an answer of canister {canister} could not be verified: {reason}',
    'the root key may belong to another network, or the answer was tampered with',
  ),
  CANISTER_REJECTED: network('{reason}'),
  CANISTER_NOT_RUNNING: network('canister {canister} is {status}', 'start it first'),

  ...SERVICE_ERRORS,

  LISTEN_FAILED: host(
    'cannot listen on {host}:{port}: {reason}',
    'choose another port, or 0 for any that is free',
  ),
  CANCELLED: host('the run was cancelled', undefined, 130, 499),
  POOL_CLOSED: host('the pool is closed', undefined, 70, 503),
  WORKER_LOST: host('the worker thread of the run ended unexpectedly: {reason}'),
  HOST_OUT_OF_MEMORY: host(
    'the process has no memory left for the run: {reason}',
    'run fewer at once: lower maxThreads, or --concurrency',
  ),
  INTERNAL: host('unexpected: {reason}', 'this is a defect in sandpool: please report it'),
} as const satisfies Record<string, ErrorRow>;

/** The literal codes of {@link SandpoolError}. */
export type ErrorCode = keyof typeof ERRORS;

/** Plain values that explain an error; they fill the placeholders of its message. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** What crosses a thread boundary in place of a {@link SandpoolError}. */
export interface WireError {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(details, name) ? String(details[name]) : placeholder,
  );
}

/**
 * The one error class. `code` says which row of {@link ERRORS} it is; `details` are the values in its message.
 *
 * @example
 * ```ts
 * if (error instanceof SandpoolError && error.kind === 'limit') console.error(error.message, error.hint);
 * ```
 */
export class SandpoolError extends Error {
  override readonly name = 'SandpoolError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { readonly cause?: unknown }) {
    super(fill(ERRORS[code].message, details), options);
    this.code = code;
    this.details = details;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }

  /** The process exit code of a command that fails with this error. */
  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }

  get httpStatus(): number {
    return ERRORS[this.code].httpStatus;
  }

  /** What to do about it, naming the setting and its present value where there is one. */
  get hint(): string | undefined {
    const entry: ErrorRow = ERRORS[this.code];
    return entry.hint === undefined ? undefined : fill(entry.hint, this.details);
  }

  toWire(): WireError {
    return { code: this.code, details: this.details };
  }

  static fromWire(wire: WireError, options?: { readonly cause?: unknown }): SandpoolError {
    return new SandpoolError(wire.code, wire.details, options);
  }

  /** `error` itself when it is one of ours, else an `INTERNAL` around it. */
  static from(error: unknown): SandpoolError {
    if (error instanceof SandpoolError) return error;
    return new SandpoolError('INTERNAL', { reason: describe(error) }, { cause: error });
  }
}

/** A short text for anything that can be thrown, `null`, symbols and hostile objects included. */
export function describe(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message || thrown.name : thrown);
  } catch {
    return 'a thrown value that cannot be shown';
  }
}
